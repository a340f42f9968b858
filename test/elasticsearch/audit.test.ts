import { createSocket } from 'node:dgram';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@elastic/elasticsearch';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { verifyAudit } from '../../src/app/verifyAudit.js';
import type { Keys } from '../../src/config/keys.js';
import { writeAudit } from '../../src/elasticsearch/auditLog.js';
import { linkTo } from '../../src/governance/audit/chain.js';
import { fileAnchor, syslogAnchor } from '../../src/registry/auditAnchor.js';
import { ensureFields } from '../../src/setup/streamFields.js';
import { ensureStream } from '../../src/setup/streams.js';
import { cluster, uniqueNamespace } from './cluster.js';
import { clientOf, setUp } from './parts.js';

const folder = mkdtempSync(join(tmpdir(), 'audit-'));
let admin: Client;
let keys: Keys;
beforeAll(async () => {
  admin = cluster();
  keys = await setUp(uniqueNamespace());
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await admin.close();
});

/** A namespace with `length` records in its chain, anchored in a file. */
async function chain(length: number) {
  const namespace = uniqueNamespace();
  await ensureStream(admin, `logs-ot_anomaly.audit-${namespace}`);
  const anchorFile = join(folder, namespace);
  const anchor = fileAnchor(anchorFile);
  const [scorer, trainer] = [clientOf(keys, 'scorer'), clientOf(keys, 'trainer')];
  for (let i = 1; i <= length; i++) {
    const record = { part: 'scorer', action: 'test', message: `act ${i}` };
    await writeAudit(i % 2 === 0 ? scorer : trainer, namespace, record, `id-${i}`, new Date(), anchor);
  }
  const verify = async (withAnchors = true) =>
    (await verifyAudit(scorer, namespace, withAnchors ? anchorFile : undefined)).problems.map(
      ({ message }) => message,
    );
  return { namespace, index: `logs-ot_anomaly.audit-${namespace}`, verify, scorer, trainer, anchor };
}

/** Every record with where it lies, for an administrator to lay hands on. */
async function stored(index: string) {
  await admin.indices.refresh({ index });
  const { hits } = await admin.search<Record<string, unknown>>({
    index,
    size: 100,
    seq_no_primary_term: true,
    sort: ['ot_anomaly.audit.sequence'],
  });
  return hits.hits.map((hit) => ({
    index: hit._index,
    id: hit._id ?? '',
    if_seq_no: hit._seq_no ?? 0,
    if_primary_term: hit._primary_term ?? 0,
    source: hit._source ?? {},
  }));
}

it('numbers the records of writers that write at once without a gap or a fork', async () => {
  const { namespace, verify, scorer, trainer } = await chain(0);
  const writes = Array.from({ length: 5 }, (_, i) =>
    writeAudit(
      i % 2 === 0 ? scorer : trainer,
      namespace,
      { part: 'test', action: 'test', message: `${i}` },
      `${i}`,
      new Date(),
    ),
  );
  const heads = await Promise.all(writes);
  expect(heads.map(({ sequence }) => sequence).sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5]);
  expect(await verify(false)).toEqual([]);
});

it('says what to do about a stream that an older version made, and goes on once set-up brought the fields', async () => {
  const namespace = uniqueNamespace();
  const index = `logs-ot_anomaly.audit-${namespace}`;
  const part = { type: 'keyword' } as const;
  const properties = { ot_anomaly: { properties: { audit: { properties: { part } } } } };
  await admin.indices.putIndexTemplate({
    name: index,
    index_patterns: [index],
    priority: 900,
    data_stream: {},
    template: { settings: { final_pipeline: 'ot_anomaly-author' }, mappings: { dynamic: false, properties } },
  });
  await ensureStream(admin, index);
  const [scorer, record] = [clientOf(keys, 'scorer'), { part: 'scorer', action: 'test', message: 'an act' }];
  const write = (id: string) => writeAudit(scorer, namespace, record, id, new Date());
  await expect(write('early')).rejects.toMatchObject({
    code: 'not_set_up',
    advice: expect.stringContaining('ot-anomaly setup'),
  });
  expect(await verifyAudit(scorer, namespace, undefined)).toMatchObject({ records: 0, problems: [] });
  expect(await ensureFields(admin, [index])).toEqual([
    { what: 'data stream', name: index, change: 'updated' },
  ]);
  expect(await ensureFields(admin, [index])).toEqual([]);
  expect([(await write('first')).sequence, (await write('second')).sequence]).toEqual([1, 2]);
  expect(await verifyAudit(scorer, namespace, undefined)).toMatchObject({ records: 2, problems: [] });
  await scorer.close();
  await admin.indices.deleteDataStream({ name: index }).catch(() => {}); // this build has no endpoint for it
  await admin.indices.deleteIndexTemplate({ name: index }).catch(() => {}); // in use while the stream is there
});

it('is whole when nobody touched it, with each author stamped by Elasticsearch', async () => {
  const { index, verify } = await chain(4);
  expect(await verify()).toEqual([]);
  const authors = (await stored(index)).map(({ source }) => (source['user'] as { name: string }).name);
  expect(authors).toEqual([
    'ot_anomaly_trainer',
    'ot_anomaly_scorer',
    'ot_anomaly_trainer',
    'ot_anomaly_scorer',
  ]);
});

it('shows what an Elasticsearch administrator altered, deleted, or rewrote with every digest made anew', async () => {
  const altered = await chain(3);
  const [, second] = await stored(altered.index);
  if (second === undefined) throw new Error('no record');
  const { source, ...place } = second;
  await admin.index({ ...place, document: { ...source, message: 'nothing happened' }, refresh: true });
  expect(await altered.verify()).toEqual([
    expect.stringMatching(/^record 2 was altered/),
    'record 2 says ot_anomaly_scorer wrote it, Elasticsearch stamped elastic',
  ]);

  const deleted = await chain(3);
  const [, gone] = await stored(deleted.index);
  if (gone === undefined) throw new Error('no record');
  const { source: _, ...where } = gone;
  await admin.delete({ ...where, refresh: true });
  expect(await deleted.verify()).toEqual([
    'record 2 is missing',
    'record 2 is anchored outside and no longer there',
  ]);

  const rewritten = await chain(3);
  let head: { sequence: number; sha256: string } | undefined;
  for (const { source, ...place } of await stored(rewritten.index)) {
    const { sequence, previous_sha256, sha256, principal, ...audit } = (
      source['ot_anomaly'] as { audit: Record<string, unknown> }
    ).audit;
    const { user, ...rest } = source;
    const event = source['event'] as Record<string, unknown>;
    const { ingested, ...kept } = event;
    const content = { ...rest, event: kept, message: `rewritten ${sequence}`, ot_anomaly: { audit } };
    const next = linkTo(head, content, String(principal));
    head = next.head;
    // The administrator skips no pipeline: the stream's final one stamps them. So they write the author by hand after
    // taking the pipeline off, which only an administrator can.
    await admin.indices.putSettings({ index: place.index, settings: { index: { final_pipeline: '_none' } } });
    await admin.index({
      ...place,
      document: { ...next.document, user, event: { ...kept, ingested } },
      refresh: true,
    });
  }
  expect(await rewritten.verify(false)).toEqual([]);
  expect(await rewritten.verify()).toEqual(
    [1, 2, 3].map((n) => expect.stringMatching(`^record ${n} was rewritten`)),
  );
});

it('shows a record that was backdated, though its key may write it and its digest holds', async () => {
  const { namespace, verify, scorer, trainer, anchor } = await chain(2);
  const record = { part: 'scorer', action: 'test', message: 'long ago' };
  await writeAudit(scorer, namespace, record, 'old', new Date('2020-01-01'), anchor);
  await writeAudit(trainer, namespace, record, 'next', new Date(), anchor);
  expect(await verify()).toEqual([
    expect.stringMatching(/^record 3 says it is of 2020-01-01T00:00:00.000Z, Elasticsearch took it at 2/),
  ]);
});

it('shows a record that a key put beside the chain, or in it under another name', async () => {
  const { index, verify, scorer, namespace } = await chain(2);
  await scorer.create({
    index,
    id: 'loose',
    document: { '@timestamp': new Date(), message: 'approved' },
    refresh: true,
  });
  expect(await verify()).toEqual(['document loose is in no chain']);
  const head = (await stored(index))[1]?.source['ot_anomaly'] as {
    audit: { sequence: number; sha256: string };
  };
  const forged = linkTo(
    head.audit,
    { '@timestamp': new Date().toISOString(), ot_anomaly: { audit: { part: 'registry' } } },
    'ot_anomaly_registry',
  );
  await scorer.create({ index, id: 'forged', document: forged.document, refresh: true });
  expect(await verify()).toContain(
    'record 3 says ot_anomaly_registry wrote it, Elasticsearch stamped ot_anomaly_scorer',
  );
  expect(namespace).not.toBe('');
});

it('goes on after whatever a key put into its stream, and takes no number that nobody could have reached', async () => {
  const { index, verify, scorer, trainer, namespace } = await chain(2);
  const loose = (id: string, audit: object) =>
    scorer.create({
      index,
      id,
      document: { '@timestamp': new Date(), ot_anomaly: { audit } },
      refresh: true,
    });
  await loose('audit-000000000003', { part: 'scorer' }); // the id of a record to come
  await loose('number in words', { sequence: '3' });
  await loose('no digest', {
    sequence: 4,
    sha256: 'none',
    previous_sha256: 7,
    principal: 'ot_anomaly_scorer',
  });
  await loose('far away', { sequence: Number.MAX_SAFE_INTEGER });
  await loose('below', { sequence: -1 });
  const record = { part: 'registry', action: 'test', message: 'after all that' };
  const heads = [await writeAudit(trainer, namespace, record, 'a', new Date())];
  heads.push(await writeAudit(trainer, namespace, record, 'b', new Date()));
  expect(heads.map(({ sequence }) => sequence)).toEqual([5, 6]);
  const found = await verify();
  expect(found.filter((line) => line.endsWith('is in no chain'))).toHaveLength(5);
  expect(found).toContain('record 3 to 4 are missing');
  expect(found.filter((line) => /record [56]/.test(line))).toEqual([]);
});

it('does nothing when the anchor cannot be written, except that the scorer goes on', async () => {
  const { namespace, scorer } = await chain(1);
  writeFileSync(join(folder, 'file'), '');
  const broken = fileAnchor(join(folder, 'file', 'below'));
  const write = (part: string) =>
    writeAudit(scorer, namespace, { part, action: 'test', message: 'x' }, part, new Date(), broken);
  await expect(write('registry')).rejects.toMatchObject({ code: 'audit_failed' });
  await expect(write('scorer')).resolves.toMatchObject({ sequence: 3 });
});

it('sends heads to a syslog collector, whose lines verify as a file of heads does', async () => {
  const { namespace, scorer } = await chain(0);
  const collector = createSocket('udp4');
  await new Promise<void>((resolve) => collector.bind(0, '127.0.0.1', resolve));
  const received = new Promise<string>((resolve) =>
    collector.once('message', (text) => resolve(text.toString())),
  );
  const anchor = syslogAnchor(new URL(`syslog://127.0.0.1:${collector.address().port}`));
  await writeAudit(
    scorer,
    namespace,
    { part: 'scorer', action: 'test', message: 'x' },
    'x',
    new Date(),
    anchor,
  );
  const path = join(folder, 'collected.log');
  writeFileSync(path, `Jan  1 00:00:00 host ${await received}\n`);
  collector.close();
  expect(readFileSync(path, 'utf8')).toMatch(/<109>1 .* ot-anomaly \d+ audit - \{"ot_anomaly_audit"/);
  expect(await verifyAudit(scorer, namespace, path)).toMatchObject({ records: 1, anchored: 1, problems: [] });
});
