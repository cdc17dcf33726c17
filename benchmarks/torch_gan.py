"""GANs in PyTorch and the course's loop; the peer of gan.py, in a process of its own."""

import torch
from peer_process import THREADS
from torch import nn

torch.set_num_threads(THREADS)


def fully_connected(noise):
    leaky = nn.LeakyReLU(0.01)
    D = nn.Sequential(nn.Linear(784, 256), leaky, nn.Linear(256, 256), leaky, nn.Linear(256, 1))
    G = nn.Sequential(
        nn.Linear(noise, 1024), nn.ReLU(), nn.Linear(1024, 1024), nn.ReLU(), nn.Linear(1024, 784), nn.Tanh()
    )
    return D, G


def convolutional(noise):
    leaky = nn.LeakyReLU(0.01)
    D = nn.Sequential(
        nn.Unflatten(1, (1, 28, 28)),
        *(nn.Conv2d(1, 32, 5), leaky, nn.MaxPool2d(2), nn.Conv2d(32, 64, 5), leaky, nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(1024, 1024), leaky, nn.Linear(1024, 1)),
    )
    G = nn.Sequential(
        *(nn.Linear(noise, 1024), nn.ReLU(), nn.BatchNorm1d(1024)),
        *(nn.Linear(1024, 6272), nn.ReLU(), nn.BatchNorm1d(6272), nn.Unflatten(1, (128, 7, 7))),
        *(nn.ConvTranspose2d(128, 64, 4, 2, 1), nn.ReLU(), nn.BatchNorm2d(64)),
        *(nn.ConvTranspose2d(64, 1, 4, 2, 1), nn.Tanh(), nn.Flatten()),
    )
    return D, G


class Training:
    """The course's loop: D on real images and G's, then G through the D that has moved.

    Args:
        networks: "fully_connected" or "convolutional"; images: (N, 784) float32; batch, noise: sizes.
    """

    def __init__(self, networks, images, batch, noise):
        self.D, self.G = {"fully_connected": fully_connected, "convolutional": convolutional}[networks](noise)
        self.images, self.batch, self.noise = torch.tensor(images), batch, noise
        self.D_solver, self.G_solver = (
            torch.optim.Adam(network.parameters(), 1e-3, (0.5, 0.999)) for network in (self.D, self.G)
        )

    def sizes(self):
        """Parameters of D and of G."""
        return [sum(p.numel() for p in network.parameters()) for network in (self.D, self.G)]

    def step(self):
        softplus = nn.functional.softplus
        real = self.images[torch.randint(len(self.images), (self.batch,))]
        fake = self.G(2 * torch.rand(self.batch, self.noise) - 1)
        self.D_solver.zero_grad()
        D_loss = softplus(-self.D(real)).mean() + softplus(self.D(fake.detach())).mean()
        D_loss.backward()
        self.D_solver.step()
        self.G_solver.zero_grad()
        self.D.requires_grad_(False)  # or PyTorch would compute D's gradients once more, for nothing
        G_loss = softplus(-self.D(fake)).mean()
        G_loss.backward()
        self.D.requires_grad_(True)
        self.G_solver.step()
        return D_loss.item(), G_loss.item()
