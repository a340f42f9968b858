import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { cacheFolder } from '../src/elasticsearch/node/cacheFolder.js';

/** The packages that `bench/peers.py` compares with: `python3 -m venv <folder> && <folder>/bin/pip install …`. */
export const PEER_PACKAGES = 'numpy pandas scikit-learn isotree onnxruntime skl2onnx';

const started = z.object({
  versions: z.record(z.string(), z.string()),
  absent: z.record(z.string(), z.string()),
});
const fitted = z.object({ seconds: z.record(z.string(), z.number()) });
const scored = z.object({ seconds: z.number(), cpuSeconds: z.number() });

/** Wall-clock and processor seconds of one pass. */
export type Timing = z.infer<typeof scored>;

/** Other libraries' forests in a Python process that stays up, so that passes can be interleaved with ours. */
export class Peers {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #answers: AsyncIterator<string>;
  #problem = '';

  private constructor(python: string) {
    this.#process = spawn(python, [join(import.meta.dirname, '../../bench/peers.py')], {
      env: { ...process.env, OMP_NUM_THREADS: '2' },
    });
    this.#process.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#problem = `${this.#problem}${text}`.slice(-2_000);
    });
    this.#answers = createInterface(this.#process.stdout)[Symbol.asyncIterator]();
  }

  /** @returns undefined where there is no such Python; the reason goes to `say` */
  static async start(
    env: NodeJS.ProcessEnv,
    say: (text: string) => void,
  ): Promise<{ peers: Peers; versions: Readonly<Record<string, string>> } | undefined> {
    const folder = join(cacheFolder(env), 'bench-venv');
    const python = env['OT_ANOMALY_BENCH_PYTHON'] ?? join(folder, 'bin/python');
    if (!existsSync(python)) {
      say(`scikit-learn, isotree and onnxruntime are skipped: there is no ${python}. To have them:`);
      say(`  python3 -m venv ${folder} && ${folder}/bin/pip install ${PEER_PACKAGES}`);
      return undefined;
    }
    const peers = new Peers(python);
    const { versions, absent } = started.parse(await peers.#ask({ do: 'start' }));
    for (const [peer, reason] of Object.entries(absent)) say(`${peer} is skipped: ${reason}`);
    return { peers, versions };
  }

  async fit(rows: Float64Array, width: number, folder: string): Promise<Readonly<Record<string, number>>> {
    return fitted.parse(await this.#ask({ do: 'fit', rows: file(folder, rows), width })).seconds;
  }

  async load(rows: Float64Array, width: number, folder: string): Promise<void> {
    await this.#ask({ do: 'load', rows: file(folder, rows), width });
  }

  async score(peer: string, threads: number): Promise<Timing> {
    return scored.parse(await this.#ask({ do: 'score', peer, threads }));
  }

  stop(): void {
    this.#process.stdin.end();
  }

  async #ask(command: Readonly<Record<string, unknown>>): Promise<unknown> {
    this.#process.stdin.write(`${JSON.stringify(command)}\n`);
    const answer = await this.#answers.next();
    if (answer.done === true) throw new Error(`bench/peers.py ended at ${command['do']}: ${this.#problem}`);
    return JSON.parse(answer.value) as unknown;
  }
}

function file(folder: string, rows: Float64Array): string {
  const path = join(folder, 'rows.f64');
  writeFileSync(path, new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength));
  return path;
}
