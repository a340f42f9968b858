import { fakeMessagesApi, type Mischief } from '../../test/fixtures/fakeMessagesApi.js';

/* A process of its own, so that what the LLM's stand-in costs is not in the measurement. Prints its address. */

const HOSTILE: readonly Mischief[] = [
  'stall',
  'truncate',
  'lie',
  'obey',
  'rate_limit',
  'flood',
  'cut',
  'prose',
  'good',
  'error',
];

const { url } = await fakeMessagesApi((n) => HOSTILE[n % HOSTILE.length] ?? 'good');
process.stdout.write(`${url}\n`);
