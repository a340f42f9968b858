// Runs `ot-anomaly evaluate` over public captures that lie beside the repository, and prints what comes out as a table.
// None of it is in the repository; data/SOURCES.md there says where each file is from. Usage: npm run evaluate:data [FOLDER]
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

const root = fileURLToPath(new URL('..', import.meta.url));
const data = process.argv[2] ?? join(root, '..', 'shared', 'data');
if (!existsSync(join(data, 'SOURCES.md'))) {
  process.stderr.write(`error: no captures in ${data}\nGive the folder that holds SOURCES.md.\n`);
  process.exit(1);
}
const work = mkdtempSync(join(tmpdir(), 'ot-anomaly-captures-'));

/** Rows of JSON lines, gzip or not. */
function rows(file) {
  const bytes = readFileSync(join(data, file));
  const text = file.endsWith('.gz') ? gunzipSync(bytes).toString() : bytes.toString();
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** A folder of logs for evaluate, without the columns that tell the answer; labels by stretches of one connection. */
function prepare(name, files, keep = () => true) {
  const folder = mkdtempSync(join(work, `${name}-`));
  const labels = [];
  for (const [log, file] of Object.entries(files)) {
    const kept = rows(file).filter(keep);
    const lines = kept.map(({ _label, _label_pkts, ...row }) => JSON.stringify(row));
    writeFileSync(join(folder, `${log}.log`), `${lines.join('\n')}\n`);
    const open = new Map();
    for (const { _label, uid, ts } of kept.sort((a, b) => a.ts - b.ts)) {
      const last = open.get(uid);
      if (last !== undefined && last.label === (_label === '1' ? 'attack' : _label)) last.to = ts;
      else {
        if (last !== undefined && last.label !== '0') labels.push(last);
        open.set(uid, { label: _label === '1' ? 'attack' : _label, uids: [uid], from: ts, to: ts });
      }
    }
    labels.push(...[...open.values()].filter(({ label }) => label !== undefined && label !== '0'));
  }
  return { folder, labels };
}

function labelFile(labels) {
  const path = join(mkdtempSync(join(work, 'labels-')), 'labels.ndjson');
  writeFileSync(path, `${labels.map((label) => JSON.stringify(label)).join('\n')}\n`);
  return path;
}

function evaluate(args) {
  const out = execFileSync('node', [join(root, 'dist', 'cli.js'), 'evaluate', ...args, '--json'], {
    encoding: 'utf8',
    maxBuffer: 512 * 1024 * 1024,
    stdio: 'pipe',
  });
  return JSON.parse(out);
}

const results = [];
function report(name, args) {
  process.stderr.write(`${name} …\n`);
  try {
    const found = evaluate(args);
    results.push({ name, ...found });
  } catch (error) {
    results.push({ name, error: /^error: (.*)$/m.exec(String(error.stderr))?.[1] ?? String(error.message) });
  }
}

const characterization = {
  conn: 'derived/lemay_characterization.conn.json',
  modbus: 'derived/lemay_characterization.modbus.json.gz',
};
const upload = {
  conn: 'derived/lemay_CnC_uploading_exe.conn.json',
  modbus: 'derived/lemay_CnC_uploading_exe.modbus.json',
};
const frequent = {
  conn: 'derived/qut_attacks_training_frequent.conn.json',
  dnp3: 'derived/qut_attacks_training_frequent.dnp3_pdu.json.gz',
};
const infrequent = {
  conn: 'derived/qut_attacks_training_infrequent.conn.json',
  dnp3: 'derived/qut_attacks_training_infrequent.dnp3_pdu.json.gz',
};
const normal = ({ _label }) => _label === '0';

report('netshare, first 40 min against the rest', [
  '--baseline',
  join(data, 'netshare/modbus.log.gz'),
  '--split',
  '+40m',
]);

const scanned = prepare('lemay-characterization', characterization);
const uploaded = prepare('lemay-upload', upload);
report('lemay register scan, against the other capture’s normal rows', [
  '--baseline',
  prepare('lemay-upload-normal', upload, normal).folder,
  '--test',
  scanned.folder,
  '--labels',
  labelFile(scanned.labels),
]);
report('lemay file upload, against the other capture’s normal rows', [
  '--baseline',
  prepare('lemay-characterization-normal', characterization, normal).folder,
  '--test',
  uploaded.folder,
  '--labels',
  labelFile(uploaded.labels),
]);

const notices = readFileSync(join(data, 'termopot/notice.log'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => line.split('\t'));
// The notice names connection and time, not the row: rows within 1 ms of it are the write that it is about.
const writes = notices.map(([ts, uid]) => ({
  label: 'write injection',
  uids: [uid],
  from: Number(ts) - 0.001,
  to: Number(ts) + 0.001,
}));
report('termopot, rows before the first write against the rest', [
  '--baseline',
  join(data, 'termopot/conn.log'),
  join(data, 'termopot/modbus.log'),
  '--split',
  String(new Date((Math.min(...notices.map(([ts]) => Number(ts))) - 0.01) * 1000).toISOString()),
  '--labels',
  labelFile(writes),
]);

const [frequently, infrequently] = [prepare('qut-frequent', frequent), prepare('qut-infrequent', infrequent)];
report('qut frequent attacks, against the capture of infrequent ones', [
  '--baseline',
  infrequently.folder,
  '--test',
  frequently.folder,
  '--labels',
  labelFile(frequently.labels),
]);
report('qut infrequent attacks, against the capture of frequent ones', [
  '--baseline',
  frequently.folder,
  '--test',
  infrequently.folder,
  '--labels',
  labelFile(infrequently.labels),
]);

const mb = join(data, 'automayt/ETHERNET_IP/mb');
report('automayt plant capture, first 40 s against the rest', ['--baseline', mb, '--split', '+40s']);
const view = join(data, 'automayt/EIP/EIP-ViewDeviceStatus');
for (const scenario of [
  'ChangeDateAttempt',
  'ChangeTimeAttempt',
  'FirmwareChange',
  'IPAddressChangeAttempt',
  'RebootorRestart',
  'SoftwareDownload',
  'SoftwareUploadFailure',
])
  report(`automayt ${scenario}, against ViewDeviceStatus`, [
    '--baseline',
    view,
    '--test',
    join(data, `automayt/EIP/EIP-${scenario}`),
  ]);

rmSync(work, { recursive: true, force: true });

const share = (value) => (value === null || value === undefined ? '–' : value.toFixed(3));
const lines = results.map(
  ({
    name,
    error,
    baseline,
    test,
    alerts,
    groups,
    recall = {},
    precision = {},
    firstDetection = {},
    labelledRecords = {},
  }) => {
    if (error !== undefined) return `| ${name} | ${error} | | | | |`;
    const labels = Object.keys(recall).map(
      (label) =>
        `${label}: ${labelledRecords[label] ?? 0} rows, ${share(recall[label])} / ${share(precision[label])}, ${firstDetection[label] === null ? 'never' : `${firstDetection[label].seconds.toFixed(1)} s`}`,
    );
    return `| ${name} | ${baseline.records} | ${test.records} | ${alerts} | ${groups} | ${labels.join('<br>') || 'none'} |`;
  },
);
process.stdout.write(
  `${['| captures | baseline rows | test rows | rows below the line | groups | label: rows, recall / precision, first found after |', '| --- | --- | --- | --- | --- | --- |', ...lines].join('\n')}\n`,
);
for (const { name, worstFalseAlarms = [] } of results)
  for (const { records, relation, reason } of worstFalseAlarms.slice(0, 3))
    process.stderr.write(`${name}: ${records} rows ${relation}: ${basename(reason.slice(0, 140))}\n`);
