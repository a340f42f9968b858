import { describe, expect, it } from 'vitest';
import { secondsOfIso } from '../../src/isoTime.js';

const AT = Date.UTC(2026, 1, 3, 10) / 1000;

describe('a time that a person wrote', () => {
  it('is in UTC unless it names a zone, whatever zone the machine is in', () => {
    const zone = process.env['TZ'];
    process.env['TZ'] = 'Europe/Zurich';
    try {
      expect(new Date(2026, 1, 3, 10).getTime() / 1000).toBe(AT - 3600); // the zone is in force
      for (const text of ['2026-02-03T10:00:00', '2026-02-03 10:00', '2026-02-03T11:00:00.000+01:00'])
        expect(secondsOfIso(text)).toBe(AT);
    } finally {
      if (zone === undefined) delete process.env['TZ'];
      else process.env['TZ'] = zone;
    }
  });

  it('may be a day alone, which begins at midnight', () => {
    expect(secondsOfIso('2026-02-03')).toBe(AT - 10 * 3600);
  });

  it.each(['', 'soon', '3 Feb 2026', '2026-02-03T', '2026-13-03', '1770112800000'])('is not %j', (text) => {
    expect(secondsOfIso(text)).toBeNaN();
  });
});
