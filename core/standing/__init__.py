"""A letter that stands: laid out once by WeasyPrint, then printed again and again with other personal words in it.

Printers keep the type of a form standing and exchange a few lines for each customer. So do we: the common part of a mail
merge is laid out and painted once, and only the lines that hold personal words are set anew, with the same shaper, the same
rules for breaking lines and the same fonts. Where it is not certain that a letter would come out exactly as if it were laid
out as a whole, `Doubt` is raised and the caller does just that. See docs/adr/0032.

    words    text as glyphs and lines, as Pango sets it
    layout   what WeasyPrint laid out: paragraphs with personal words, and what moves when one of them grows
    reading  what WeasyPrint painted on the pages, with the pieces that hold personal words made out
    parts    the content of a page, common and personal in turns
    links    the links on the pages
    fonts    the fonts, which grow with the personal words
    file     the PDF: what is common, written once, and what is written for each letter
    matter   the standing letter, made of all these
"""
