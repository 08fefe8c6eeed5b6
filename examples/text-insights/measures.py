"""Counting words, sentences and the like in any language, without a dictionary."""

import re
import unicodedata
from collections import Counter

# Scripts written without spaces: each character counts as one word there.
_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
_THAI = "\u0e00-\u0e7f\u0e80-\u0eff\u1000-\u109f\u1780-\u17ff"
_WORD = re.compile(rf"[{_CJK}]|[{_THAI}]+|(?:(?![{_CJK}{_THAI}])[^\W_])+(?:['’\-](?:(?![{_CJK}{_THAI}])[^\W_])+)*")
_ONE_CJK = re.compile(rf"[{_CJK}]")
_CJK_RUN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]{2,}|[\u30a0-\u30ff]{3,}")
_SENTENCE_END = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s|$)|[。！？｡؟۔।]+[”’」』）]*")
_ABBREVIATION = re.compile(r"(?:\b(?:mr|mrs|ms|dr|prof|st|vs|etc|e\.g|i\.e|z\.b|bzw|nr|no|fig|approx)|\b\w)\.$", re.I)

WORDS_A_MINUTE = 230
CJK_A_MINUTE = 400

# English, German, French, Spanish, Italian, Portuguese, Dutch: words that say nothing of a text's subject.
_COMMON_WORDS = """
    the a an and or but of to in on at by for with from as is are was were be been it its this that these those he she
    they we you i his her their our your my not no so if then than which who what when where how there here have has had
    do does did will would can could should may might also more most some any all each into over about after before
    between through during out up down only very just such other one two because while both many much own same
    der die das und oder aber von zu im in den dem des ein eine einer eines einem einen ist sind war waren wird werden
    mit auf für als auch an bei nach aus um nicht sich es sie er wir ich ihr man dass wie so nur noch über durch
    le la les un une des du de et ou mais est sont était dans en sur pour par avec que qui ne pas ce cette ces il elle
    ils elles nous vous je on se sa son ses leur au aux plus comme
    el los las una unos unas y o pero es son era en con por para que no se su sus lo al del como más este esta muy ya
    il gli uno e ma sono nel nella per che non si da di come più questo questa
    os as um uma e mas é são em com não se seu sua ao dos das mais
    het een en of maar van te op voor met is zijn was niet dat die deze ook aan bij"""
_COMMON = frozenset(_COMMON_WORDS.split())
_COMMON_CJK_WORDS = """
    的 了 是 在 和 与 及 或 我们 你们 他们 她们 它们 这个 那个 一个 这些 那些 没有 可以 因为 所以 但是 而且
    如果 就是 不是 自己 什么 怎么"""
_COMMON_CJK = frozenset(_COMMON_CJK_WORDS.split())


def words_of(text: str) -> list[str]:
    """Words in order; each character of Chinese and Japanese counts as one."""
    return _WORD.findall(text)


def sentences_of(text: str) -> list[str]:
    """Sentences, by their closing marks and by blank lines."""
    sentences = []
    for paragraph in re.split(r"\n\s*\n", text):
        start = 0
        for end in _SENTENCE_END.finditer(paragraph):
            piece = paragraph[start : end.end()]
            if _ABBREVIATION.search(piece) and end.end() < len(paragraph):
                continue
            sentences.append(piece.strip())
            start = end.end()
        sentences.append(paragraph[start:].strip())
    return [s for s in sentences if _WORD.search(s)]


def statistics(text: str) -> dict:
    """Counts, averages, lexical diversity and reading time."""
    words = words_of(text)
    cjk = sum(1 for w in words if _ONE_CJK.match(w))
    spaced = [w for w in words if not _ONE_CJK.match(w)]
    sentences = sentences_of(text)
    minutes = len(spaced) / WORDS_A_MINUTE + cjk / CJK_A_MINUTE
    different = {_folded(w) for w in words}
    longest = max(sentences, key=lambda s: len(words_of(s)), default="")
    return {
        "characters": len(text),
        "characters_without_spaces": sum(1 for c in text if not c.isspace()),
        "words": len(words),
        "unique_words": len(different),
        "sentences": len(sentences),
        "paragraphs": sum(1 for p in re.split(r"\n\s*\n", text) if p.strip()),
        "average_word_length": round(sum(map(len, spaced)) / len(spaced), 2) if spaced else 0,
        "average_sentence_words": round(len(words) / len(sentences), 2) if sentences else 0,
        "longest_sentence": {"words": len(words_of(longest)), "text": longest[:300]},
        "lexical_diversity": diversity(words),
        "reading_time_seconds": round(minutes * 60),
        "scripts": scripts(text),
    }


def diversity(words: list[str], window: int = 100) -> float:
    """Share of different words, as the mean over windows of so many: long texts can be compared with short ones."""
    folded = [_folded(w) for w in words]
    if not folded:
        return 0.0
    if len(folded) <= window:
        return round(len(set(folded)) / len(folded), 3)
    counts = Counter(folded[:window])
    total = len(counts)
    for leaving, coming in zip(folded, folded[window:], strict=False):
        counts[coming] += 1
        counts[leaving] -= 1
        if not counts[leaving]:
            del counts[leaving]
        total += len(counts)
    return round(total / window / (len(folded) - window + 1), 3)


def scripts(text: str) -> dict[str, float]:
    """Share of each writing system among the letters, the largest first."""
    counts: Counter[str] = Counter()
    for character, number in Counter(text).items():
        if character.isalpha():
            name = unicodedata.name(character, "OTHER").split()[0]
            counts["HAN" if name == "CJK" else name] += number
    total = sum(counts.values())
    return {name.lower(): round(n / total, 3) for name, n in counts.most_common(4)} if total else {}


def keywords(text: str, limit: int = 10) -> list[dict]:
    """Words and short phrases that stand out: frequent, long, not common everywhere, told again together."""
    singles: Counter[str] = Counter()
    shown: dict[str, str] = {}
    pairs: Counter[str] = Counter()
    for sentence in sentences_of(text):
        before = ""
        for word in _WORD.findall(sentence):
            folded = _folded(word)
            if not _telling(folded):
                before = ""
                continue
            singles[folded] += 1
            shown.setdefault(folded, word)
            if before:
                pairs[f"{before} {folded}"] += 1
                shown.setdefault(f"{before} {folded}", f"{shown[before]} {word}")
            before = folded
    scores = {w: n * (1 + min(len(w), 12) / 6) for w, n in singles.items()}
    counts = dict(singles)
    for pair, n in pairs.items():
        if n > 1:
            scores[pair] = n * 4.5
            counts[pair] = n
            for part in pair.split():
                scores[part] *= 0.5 if singles[part] == n else 0.9
    _add_cjk(text, scores, counts, shown)
    best = sorted(scores, key=lambda w: (-scores[w], text.find(shown[w])))[: max(1, limit)]
    return [{"keyword": shown[w], "count": counts[w], "score": round(scores[w], 2)} for w in best]


def _add_cjk(text: str, scores: dict[str, float], counts: dict[str, int], shown: dict[str, str]) -> None:
    """Runs of two to four characters that occur again, longer ones instead of their parts."""
    grams: Counter[str] = Counter()
    for run in _CJK_RUN.findall(text):
        for size in (2, 3, 4):
            grams.update(run[i : i + size] for i in range(len(run) - size + 1))
    kept = {
        g: n
        for g, n in grams.items()
        if n > 1 and not any(c in g for c in "的了是在和与也都就不") and g not in _COMMON_CJK
    }
    for gram, n in kept.items():
        if any(gram != other and gram in other and kept[other] >= n for other in kept):
            continue
        scores[gram], counts[gram], shown[gram] = n * (1 + len(gram) / 2), n, gram


def _telling(word: str) -> bool:
    return len(word) > 2 and word not in _COMMON and not word.isdigit() and not _ONE_CJK.match(word)


def _folded(word: str) -> str:
    return word.casefold().replace("’", "'").removesuffix("'s")
