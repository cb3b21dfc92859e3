// Check a mail against the published facts of caniemail.com: node tests/support/caniemail.mjs mail.html CLIENT...
// Prints one line for each feature that a client lacks: client|feature.
import { readFileSync } from 'node:fs';
import { caniemail } from 'caniemail';

const [file, ...clients] = process.argv.slice(2);
const { issues } = caniemail({ clients, html: readFileSync(file, 'utf8') });
const found = [...issues.errors].flatMap(([client, lacking]) => lacking.map((one) => `${client}|${one.title}`));
console.log([...new Set(found)].sort().join('\n'));
