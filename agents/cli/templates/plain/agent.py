"""__TITLE__: says how many words it was sent."""

from neuroflow import log


def handle(request):
    words = request.text.split()
    log.info("counting", words=len(words))
    return {"words": len(words), "longest": max(words, key=len, default="")}
