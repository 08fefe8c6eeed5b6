"""Letters that are drawn like a Latin letter, or that writers use in its place. Kept short and by hand: each line
is an alphabet, each pair a letter and what a reader takes it for. Compatibility forms (full width, mathematical,
enclosed) are not listed, because Unicode's own decomposition already takes them apart."""

_PAIRS = {
    # Cyrillic, small and capital
    "аa вb еe ѕs іi јj оo рp сc хx уy һh ԁd ԛq ԝw ӏl гr кk мm нh тt зz ьb ѵv ӕæ ҽe ᴦr",
    "АA ВB ЕE ЅS ІI ЈJ ОO РP СC ХX УY ҺH ԚQ ԜW ӀL КK МM НH ТT ЗZ ѴV ԌG",
    # Greek
    "αa εe ιi οo ρp τt υu νv κk χx γy ηn ωw ϲc ϳj σo βb ζz μu",
    "ΑA ΒB ΕE ΖZ ΗH ΙI ΚK ΜM ΝN ΟO ΡP ΤT ΥY ΧX",
    # Armenian, Cherokee, Coptic
    "օo սu հh ոn ցg զq յj ѕs ᎪA ᏴB ᏟC ᎠD ᎬE ᏀG ᎻH ᎥI ᎫJ ᏦK ᏞL ᎷM ᏢP ᏒR ᏚS ᎢT ᏙV ᎳW ᏃZ ⲟo ⲣp ⲥc",
    # Latin letters with a stroke, phonetic letters, small capitals
    "ıi łl øo đd ħh ŧt ɑa ɡg ɩi ʟl ɴn ɪi ʀr ʏy ʙb ɢg ʜh ᴀa ᴄc ᴅd ᴇe ᴊj ᴋk ᴍm ᴏo ᴘp ᴛt ᴜu ᴠv ᴡw ᴢz ꜰf ꜱs ɛe ɐa ʇt ʞk ʍm",
    "ŁL ØO ĐD ĦH ŦT ƁB ƊD ƓG ƘK ƝN ƤP ƬT",
    # Punctuation: quotes, dashes, slashes, stops
    '‘\' ’\' ‚\' ‛\' ′\' ＇\' “" ”" „" ‟" «" »" 「" 」" 『" 』" ‐- ‑- ‒- –- —- ―- −- ⁃- ⁄/ ∕/ 。. ․. ∶: ꞉:',
}


def _letters(first: int, base: str = "a") -> dict[str, str]:
    """Twenty-six letters in a row from one code point."""
    return {chr(first + index): chr(ord(base) + index) for index in range(26)}


LOOKALIKES: dict[str, str] = {pair[0]: pair[1:] for line in _PAIRS for pair in line.split()}
# Letters in circles and boxes (negative ones have no decomposition) and the letters that flags are spelt with.
for _first in (0x1F130, 0x1F150, 0x1F170, 0x1F1E6):
    LOOKALIKES.update(_letters(_first))
