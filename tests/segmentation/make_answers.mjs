// Answers for the generated texts, by npm's sms-segments-calculator. Run by make_data.py; reads a JSON array of texts.
//
// One line a text: [encoding, segments], and where that tool differs from cutting between any two code points, also the
// lengths of its graphemes in UTF-16 code units: it never cuts within a grapheme.

import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const require = createRequire(`${process.cwd()}/`);
const { SegmentedMessage } = require("sms-segments-calculator");

function segmentsOfUnits(lengths) {
  if (lengths.reduce((sum, length) => sum + length, 0) <= 70) return 1;
  let count = 1;
  let used = 0;
  for (const length of lengths) {
    if (used + length > 67) {
      count += 1;
      used = 0;
    }
    used += length;
  }
  return count;
}

for (const text of JSON.parse(readFileSync(0, "utf8"))) {
  const message = new SegmentedMessage(text);
  const answer = [message.getEncodingName(), message.segmentsCount];
  if (message.getEncodingName() === "UCS-2") {
    const byCodePoint = segmentsOfUnits([...text].map((character) => character.length));
    if (byCodePoint !== message.segmentsCount) answer.push(message.graphemes.map((grapheme) => grapheme.length));
  }
  console.log(JSON.stringify(answer));
}
