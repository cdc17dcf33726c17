"""How good captions are: the share that is true of the pictures; and BLEU, which cannot tell true from false."""

from cs231n.scenes.grammar import FACT_KINDS, caption_facts, facts_true_of


def truth_report(captions, scenes):
    """How true captions are of the scenes they were written for.

    A caption counts as true if it is a sentence of the grammar, names an object, and states nothing that is false.
    A caption that states little is rarely false, so read "true" together with "facts".

    Args:
        captions: list of N str.
        scenes: list of N `Scene`, one for each caption.

    Returns:
        dict of float: "true", the share of captions that are true; "facts", the mean number of facts in a caption;
        for each of `FACT_KINDS` the share of stated facts of this kind that are true, nan if none is stated; and
        "captions", their number.

    Raises:
        ValueError: if there are no captions, or if there is not one scene for each caption.
    """
    _check_pairs(captions, scenes, "scenes")
    stated = dict.fromkeys(FACT_KINDS, 0)
    correct = dict.fromkeys(FACT_KINDS, 0)
    true_captions = 0
    for caption, scene in zip(captions, scenes, strict=True):
        facts = caption_facts(caption)
        true_facts = facts & facts_true_of(scene)
        true_captions += facts == true_facts and any(kind == "object" for kind, *_ in facts)
        for counts, counted in ((stated, facts), (correct, true_facts)):
            for kind, *_ in counted:
                counts[kind] += 1
    report = {"captions": len(captions), "true": true_captions / len(captions)}
    report["facts"] = sum(stated.values()) / len(captions)
    return report | {kind: correct[kind] / stated[kind] if stated[kind] else float("nan") for kind in FACT_KINDS}


def fact_score(captions, references):
    """Mean F1, from 0 to 1, of the facts in a caption against the facts in its references, taken together.

    The idea is that of SPICE (Anderson et al., 2016), which parses English for the facts. Wording does not count.

    Args:
        captions: list of N str.
        references: list of N lists of str, such as other captions of the same picture.

    Raises:
        ValueError: if there are no captions, or not a list of references for each caption.
    """
    _check_pairs(captions, references, "lists of references")
    scores = []
    for caption, others in zip(captions, references, strict=True):
        stated, expected = caption_facts(caption), frozenset().union(*map(caption_facts, others))
        scores.append(2 * len(stated & expected) / max(len(stated) + len(expected), 1))
    return sum(scores) / len(scores)


def bleu_score(captions, references):
    """BLEU-4 of captions, from 0 to 1: the share of their runs of one to four words that occur in a reference.

    Args:
        captions: list of N str.
        references: list of N lists of str, such as other captions of the same picture.

    Raises:
        ValueError: if there are no captions, or if one of them has no references.
    """
    from nltk.translate.bleu_score import corpus_bleu  # takes two seconds to import

    _check_pairs(captions, references, "lists of references")
    if not all(references):
        raise ValueError("every caption needs at least one reference")
    return corpus_bleu(
        [[reference.split() for reference in some] for some in references], [caption.split() for caption in captions]
    )


def _check_pairs(captions, others, what):
    if len(captions) != len(others) or len(captions) == 0:
        raise ValueError(
            f"there must be as many captions as {what}, and at least one, got {len(captions)} and {len(others)}"
        )
