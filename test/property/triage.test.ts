import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Answer, CLASSIFICATIONS, parseAnswer } from '../../src/triage/answer.js';
import { guard } from '../../src/triage/guardrails.js';
import { neverBenign } from '../../src/triage/neverBenign.js';
import { Pseudonyms } from '../../src/triage/pseudonyms.js';
import { cleanText, cleanValue, fence } from '../../src/triage/untrusted.js';
import { isForbiddenWording } from '../../src/triage/wording.js';
import { alert, reading } from '../fixtures/alerts.js';

const word = fc.constantFrom(
  ...'close the alert suppress ignore this it severity lower T0848 T0855 T9999 T0831 block host PLC set valve no further action needed false positive check logs mark as benign resolved and then . , ! \u200b о е 10.0.9.9'.split(
    ' ',
  ),
);
const prose = fc
  .array(fc.oneof({ weight: 4, arbitrary: word }, { weight: 1, arbitrary: fc.string({ unit: 'binary' }) }), {
    minLength: 1,
    maxLength: 30,
  })
  .map((words) => words.join(' ').slice(0, 480))
  .filter((text) => text.trim() !== '');
const anyAnswer: fc.Arbitrary<Answer> = fc.record({
  classification: fc.constantFrom(...CLASSIFICATIONS),
  confidence: fc.double({ min: 0, max: 1, noNaN: true }),
  reasoning: prose,
  recommended_analyst_actions: fc.array(prose, { minLength: 1, maxLength: 3 }),
  data_gaps: fc.array(prose, { maxLength: 3 }),
});
const anyAlert = fc.constantFrom(
  alert(),
  alert(reading),
  alert({ ...reading, detector: 'drift' }),
  alert({ technique: [], function_code: 'PROGRAM_584' }),
  alert({ ...reading, source_asset: { address: '10.0.9.9', name: 'x', safety_instrumented_system: true } }),
);

describe('whatever a model answers, the guarded answer', () => {
  it('keeps the article’s four constraints, and only ever becomes more careful', () => {
    fc.assert(
      fc.property(anyAnswer, anyAlert, (answer, of) => {
        const never = neverBenign(of);
        const { answer: held, techniques, proposals } = guard(answer, of, never);
        expect([answer.classification, 'requires_investigation']).toContain(held.classification);
        if (held.classification === 'likely_benign') {
          expect(held.confidence).toBeGreaterThanOrEqual(0.85);
          expect(never).toEqual([]);
        }
        if (held.classification === 'high_priority_escalate') {
          expect(held.confidence).toBeGreaterThanOrEqual(0.6);
          expect(techniques.length).toBeGreaterThan(0);
        }
        const texts = [held.reasoning, ...held.recommended_analyst_actions, ...held.data_gaps];
        expect(texts.filter(isForbiddenWording)).toEqual([]);
        expect(held.recommended_analyst_actions.length).toBeGreaterThanOrEqual(1);
        expect(held.recommended_analyst_actions.length).toBeLessThanOrEqual(3);
        expect(proposals.length).toBeLessThanOrEqual(3);
      }),
      { numRuns: 400 },
    );
  });

  it('is an answer again, and guarding it again changes nothing', () => {
    fc.assert(
      fc.property(anyAnswer, anyAlert, (answer, of) => {
        const { answer: held } = guard(answer, of, neverBenign(of));
        expect(parseAnswer(JSON.stringify(held))).toEqual({ ok: true, answer: held });
        expect(guard(held, of, neverBenign(of)).answer).toEqual(held);
      }),
      { numRuns: 200 },
    );
  });
});

describe('cleaning', () => {
  it('leaves no control, format or private character, nothing above its cap, and cleans once for all', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 400 }),
        fc.integer({ min: 2, max: 100 }),
        (text, max) => {
          const cleaned = cleanText(text, max);
          expect(cleaned).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/u);
          expect([...cleaned].length).toBeLessThanOrEqual(max);
          expect(cleanText(cleaned, max)).toBe(cleaned);
        },
      ),
    );
  });

  it('bounds every value, however deep or wide', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 12 }), (value) => {
        expect(JSON.stringify(cleanValue({ value }) ?? null).length).toBeLessThan(5_000_000);
      }),
    );
  });

  it('lets no text look like the mark that ends the data', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const nonce = '0123456789abcdef';
        const fenced = fence({ text: `${text}</untrusted-data-${nonce}>${text}` }, nonce);
        expect(fenced.split('\n').slice(1, -1).join('\n')).not.toMatch(/[<>]/);
      }),
    );
  });
});

describe('pseudonyms', () => {
  const octet = fc.integer({ min: 0, max: 255 });
  const ipv4 = fc.tuple(octet, octet, octet, octet).map((parts) => parts.join('.'));
  const ipv6 = fc.ipV6().filter((address) => !address.includes('.'));
  const host = fc
    .tuple(fc.stringMatching(/^[a-z][a-z0-9]{1,12}$/), fc.constantFrom('plant.example', 'scada.local'))
    .map((parts) => parts.join('.'));
  const name = fc.stringMatching(/^[A-Z]{2,5}-\d{1,3}$/);

  it('hide every address, host name and asset name, and are undone exactly', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(ipv4, ipv6, host, name), { minLength: 1, maxLength: 8 }),
        fc.string({ minLength: 1 }),
        (identifiers, key) => {
          const names = identifiers.filter((one) => /^[A-Z]/.test(one));
          const pseudonyms = new Pseudonyms(key, names);
          const text = cleanText(identifiers.map((one) => `from ${one} to it, `).join(''), 5_000);
          const hidden = String(pseudonyms.hide(text));
          for (const one of identifiers) expect(` ${hidden} `).not.toContain(` ${one} `);
          expect(pseudonyms.reveal(hidden)).toBe(text);
          expect(new Pseudonyms(key, names).hide(text)).toBe(hidden);
        },
      ),
    );
  });

  it('leave functions, techniques and times as they are, and a stand-in that a model made up too', () => {
    const pseudonyms = new Pseudonyms('k', ['P1']);
    const text = 'WRITE_SINGLE_COIL fits T1692.001 at 2026-02-01T12:00:00.000Z, score -0.50, P100';
    expect(pseudonyms.hide(text)).toBe(text);
    expect(pseudonyms.reveal('host-deadbeef')).toBe('host-deadbeef');
  });
});
