#!/usr/bin/python3
"""Shows three messages as they arrived: an e-mail, a Slack message, a daily summary.

  messages.py MAILS REQUESTS HTML

MAILS is the folder of the mail server, REQUESTS the record of the web server;
the HTML part of the e-mail shown is written to HTML.
"""
import email
import email.policy
import glob
import json
import os
import sys


def read_mails(folder):
    for path in sorted(glob.glob(os.path.join(folder, "*.eml"))):
        with open(path, "rb") as mail:
            yield email.message_from_binary_file(mail, policy=email.policy.default)


def pick(mails, wanted):
    """The last mail whose subject or text has the words."""
    found = [mail for mail in mails if wanted(str(mail["Subject"]), mail.get_body(("plain",)).get_content())]
    if not found:
        sys.exit("messages.py: no such e-mail among %d" % len(mails))
    return found[-1]


def show(title, lines):
    print("\n" + title)
    for line in lines:
        print(("  | " + line).rstrip())


def show_mail(title, mail):
    heads = ["%s: %s" % (name, mail[name]) for name in ("From", "To", "Subject", "Date")]
    show(title, heads + [""] + mail.get_body(("plain",)).get_content().rstrip().splitlines())


def slack_texts(block):
    """What a person reads of a Slack block, top to bottom."""
    for key in ("text", "fields", "elements"):
        part = block.get(key, [])
        for text in part if isinstance(part, list) else [part]:
            yield text["text"] if isinstance(text, dict) else text


def show_slack(requests):
    bodies = [json.loads(request["body"]) for request in requests]
    single = [body for body in bodies if any("fields" in block for block in body["blocks"])]
    if not single:
        sys.exit("messages.py: no Slack message about one item among %d" % len(bodies))
    lines = []
    for block in single[-1]["blocks"]:
        for text in slack_texts(block):
            lines.append(text.replace("\n", ": ") if block.get("fields") else text)
    show("A Slack message (operations hear of critical and out only)", lines)


def main():
    mails = list(read_mails(sys.argv[1]))
    single = pick(mails, lambda subject, text: "Alert Threshold" in text and "back in stock" not in text)
    show_mail("An e-mail", single)
    with open(sys.argv[3], "w", encoding="utf-8") as html:
        html.write(single.get_body(("html",)).get_content())
    with open(sys.argv[2], encoding="utf-8") as record:
        show_slack([json.loads(line) for line in record])
    show_mail("A daily summary", pick(mails, lambda subject, text: "ummary" in subject))


if __name__ == "__main__":
    main()
