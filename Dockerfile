# JupyterLab on the notebooks, with all packages and data; it prints the address to open in a browser:
#     docker build -t cs231n . && docker run --rm -p 8888:8888 cs231n
# Any other command of README: docker run --rm cs231n make run

# What the operating system has to bring; the editors in containers (.devcontainer/) begin from here.
FROM python:3.13-slim AS system
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git make \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --shell /bin/bash student

FROM system
USER student
WORKDIR /home/student/cs231n
COPY --chown=student . .
RUN make data
EXPOSE 8888
CMD [".venv/bin/python", "-m", "jupyterlab", "--ip=0.0.0.0", "--no-browser", "--notebook-dir=notebooks"]
