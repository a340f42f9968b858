import { expect, it } from 'vitest';
import { parseZeekTime } from '../../../src/zeek/zeekTime.js';

it.each([
  [1772553191.209496, 1772553191.209496],
  ['1772553191.209496', 1772553191.209496],
  ['2023-01-01T00:00:00.000000Z', 1672531200],
  ['2026-03-03T15:53:11.209496Z', 1772553191.209496],
  ['2026-03-03T16:53:11.209496+01:00', 1772553191.209496],
])('reads %s', (value, seconds) => {
  expect(parseZeekTime(value)).toEqual({ kind: 'time', seconds });
});

it.each([['XXXXXXXXXX.XXXXXX'], ['XXXXXXXXXX']])('knows the mask %s', (value) => {
  expect(parseZeekTime(value)).toEqual({ kind: 'masked' });
});

it.each([
  [undefined],
  [null],
  [0],
  ['0.000000'],
  [-1],
  [1772553191209],
  ['2023-01-01'],
  ['2023-13-01T00:00:00Z'],
  ['yesterday'],
  [''],
  [true],
  [Number.NaN],
])('says why %s is no time', (value) => {
  expect(parseZeekTime(value)).toMatchObject({ kind: 'invalid', reason: expect.stringContaining('ts') });
});
