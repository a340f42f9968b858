import { expect, it } from 'vitest';
import { KEPT_BYTES, type Line, MAX_LINE_BYTES, splitLines } from '../../../src/zeek/lines.js';

async function* chunksOf(text: string, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text, 'utf8');
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

async function linesOf(text: string, size: number): Promise<readonly Line[]> {
  const lines: Line[] = [];
  for await (const line of splitLines(chunksOf(text, size))) lines.push(line);
  return lines;
}

it.each([1, 2, 3, 7, 1000])('cuts the same lines from chunks of %i bytes', async (size) => {
  const lines = await linesOf('a\nbü\r\n\nlast', size);
  expect(lines.map(({ number, text }) => [number, text])).toEqual([
    [1, 'a'],
    [2, 'bü'],
    [3, ''],
    [4, 'last'],
  ]);
});

it('keeps the beginning of a line that is too long, and its number', async () => {
  const [first, second, third] = await linesOf(`a\n${'x'.repeat(10_000_000)}\nb\n`, 65_536);
  expect(first).toMatchObject({ number: 1, text: 'a', tooLong: false });
  expect(second).toMatchObject({ number: 2, bytes: 10_000_000, tooLong: true });
  expect(second?.text).toHaveLength(KEPT_BYTES);
  expect(third).toMatchObject({ number: 3, text: 'b', tooLong: false });
});

it('accepts a line of exactly the bound', async () => {
  const [only] = await linesOf('x'.repeat(MAX_LINE_BYTES), 100_000);
  expect(only).toMatchObject({ bytes: MAX_LINE_BYTES, tooLong: false });
});
