#!/usr/bin/python3
"""read_mail.py FILE: what a strict reader of mail sees in it, as JSON.

defects     of the mail and of each of its parts, as Python's email package finds them
headers     decoded, by name in lower case; a name that stands there twice is a defect
parts       content type and decoded text of each
html_text   the words of the HTML part, as a person sees them
html_tags   the names of its elements
"""
import email
import email.policy
import html.parser
import json
import sys


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.words = []
        self.tags = set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)

    def handle_data(self, data):
        self.words.append(data)


def main():
    with open(sys.argv[1], "rb") as mail:
        message = email.message_from_binary_file(mail, policy=email.policy.SMTP)
    defects = [type(d).__name__ for part in message.walk() for d in part.defects]
    headers = {}
    for name, value in message.items():
        defects += [name + ": " + type(d).__name__ for d in value.defects]
        if name.lower() in headers:
            defects.append("two headers " + name)
        headers[name.lower()] = str(value)
    parts = [{"type": part.get_content_type(), "text": part.get_content()}
             for part in message.walk() if not part.is_multipart()]
    page = Page()
    for part in parts:
        if part["type"] == "text/html":
            page.feed(part["text"])
    json.dump({"defects": defects, "headers": headers, "type": message.get_content_type(), "parts": parts,
               "html_text": " ".join(" ".join(page.words).split()), "html_tags": sorted(page.tags)}, sys.stdout)


if __name__ == "__main__":
    main()
