import type { Section } from './sections.js';

/** As GitHub-flavoured Markdown. Nothing in the text can end a cell or begin markup. */
export function renderMarkdown(title: string, sections: readonly Section[]): string {
  const parts = sections.map(({ title: name, lines, table }) => {
    const listed = lines.map((line) => `- ${markdown(line)}`);
    return [
      `## ${markdown(name)}`,
      ...(listed.length === 0 ? [] : [listed.join('\n')]),
      ...tableOf(table),
    ].join('\n\n');
  });
  return `# ${markdown(title)}\n\n${parts.join('\n\n')}\n`;
}

/** As one HTML file without script, style sheet or link of another place. */
export function renderHtml(title: string, sections: readonly Section[]): string {
  const parts = sections.map(({ title: name, lines, table }) => {
    const listed =
      lines.length === 0 ? '' : `<ul>${lines.map((line) => `<li>${html(line)}</li>`).join('')}</ul>`;
    return `<section><h2>${html(name)}</h2>${listed}${htmlTable(table)}</section>`;
  });
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${html(title)}</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>body{font:15px/1.5 sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}table{border-collapse:collapse}td,th{border:1px solid #999;padding:.2rem .5rem;text-align:left;vertical-align:top}</style>
</head><body><h1>${html(title)}</h1>
${parts.join('\n')}
</body></html>
`;
}

function tableOf(table: Section['table']): readonly string[] {
  if (table === undefined) return [];
  if (table.rows.length === 0) return ['None.'];
  const line = (cells: readonly string[]) => `| ${cells.map(markdown).join(' | ')} |`;
  return [[line(table.head), `|${' --- |'.repeat(table.head.length)}`, ...table.rows.map(line)].join('\n')];
}

function htmlTable(table: Section['table']): string {
  if (table === undefined) return '';
  if (table.rows.length === 0) return '<p>None.</p>';
  const row = (cells: readonly string[], tag: 'td' | 'th') =>
    `<tr>${cells.map((cell) => `<${tag}>${html(cell)}</${tag}>`).join('')}</tr>`;
  return `<table><thead>${row(table.head, 'th')}</thead><tbody>${table.rows.map((cells) => row(cells, 'td')).join('')}</tbody></table>`;
}

function markdown(text: string): string {
  return text
    .replace(/\p{Cc}/gu, ' ')
    .replace(/[\\`*_{}[\]<>()#!|~&]/g, (sign) => `\\${sign}`)
    .replace(/\s+/g, ' ');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function html(text: string): string {
  return text.replace(/\p{Cc}/gu, ' ').replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? '');
}
