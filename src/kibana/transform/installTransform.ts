import { type Client, errors } from '@elastic/elasticsearch';
import { ElasticsearchError, explaining } from '../../elasticsearch/errors.js';
import { MANAGED_BY } from '../../setup/assets.js';
import type { Change } from '../../setup/install.js';
import {
  NEWEST_OF,
  NEWEST_WORD_INDEX,
  newestWordDigest,
  newestWordTemplate,
  newestWordTransform,
  TRANSFORM_ID,
} from './newestWord.js';

/** What the transform may do: Elasticsearch goes on with these rights, whoever installed it. */
const rights = () => ({
  newest_word: {
    cluster: ['manage_transform'],
    indices: [
      { names: NEWEST_OF.map((name) => `${name}-*`), privileges: ['read', 'view_index_metadata'] },
      {
        names: [`${NEWEST_WORD_INDEX}-*`],
        privileges: ['read', 'index', 'create_index', 'view_index_metadata'],
      },
    ],
  },
});

/**
 * Installs and starts the transform, unless this very one runs. It is installed with an API key of its own that may do
 * no more than it needs and whose secret nobody keeps.
 *
 * @throws {ElasticsearchError} `rejected` where Elasticsearch has no transforms; nothing is left behind then
 */
export async function installTransform(client: Client): Promise<Change> {
  return explaining('installing the transform of the newest word on each alert', async () => {
    const installed = await installedDigest(client);
    if (installed === newestWordDigest()) {
      await start(client);
      return 'unchanged';
    }
    if (installed !== undefined) {
      await client.transform.stopTransform({ transform_id: TRANSFORM_ID, wait_for_completion: true });
      await client.transform.deleteTransform({ transform_id: TRANSFORM_ID });
    }
    await client.indices.putIndexTemplate({ name: NEWEST_WORD_INDEX, ...newestWordTemplate() });
    // A key without expiry: the transform would stop with it. It goes with the transform.
    await client.security.invalidateApiKey({ name: TRANSFORM_ID, owner: true });
    const { id, encoded } = await client.security.createApiKey({
      name: TRANSFORM_ID,
      metadata: { managed_by: MANAGED_BY },
      role_descriptors: rights(),
    });
    const transform = {
      transform_id: TRANSFORM_ID,
      ...newestWordTransform(),
      _meta: { managed_by: MANAGED_BY, sha256: newestWordDigest() },
    };
    try {
      await client.transform.putTransform(transform, { headers: { authorization: `ApiKey ${encoded}` } });
    } catch (error) {
      await client.security.invalidateApiKey({ ids: [id], owner: true });
      throw error;
    }
    await start(client);
    return installed === undefined ? 'created' : 'updated';
  });
}

/** The digest of the transform that is there; undefined if there is none, '' if it is of another maker. */
async function installedDigest(client: Client): Promise<string | undefined> {
  try {
    const { transforms } = await client.transform.getTransform({ transform_id: TRANSFORM_ID });
    return String(transforms[0]?._meta?.['sha256'] ?? '');
  } catch (error) {
    if (!(error instanceof errors.ResponseError)) throw error;
    if (lacksTransforms(error))
      throw new ElasticsearchError(
        'rejected',
        'this Elasticsearch has no transforms',
        'Nothing was changed. The triage queue works without: *Waits for a decision* needs no transform.',
        { cause: error, status: error.statusCode },
      );
    if (error.statusCode === 404) return undefined;
    throw error;
  }
}

/** Without the module its path is taken for the name of an index, or for nothing. */
function lacksTransforms(error: errors.ResponseError): boolean {
  return /no handler found|must not start with '_'/.test(JSON.stringify(error.body));
}

async function start(client: Client): Promise<void> {
  try {
    await client.transform.startTransform({ transform_id: TRANSFORM_ID });
  } catch (error) {
    // It runs already.
    if (!(error instanceof errors.ResponseError) || error.statusCode !== 409) throw error;
  }
}
