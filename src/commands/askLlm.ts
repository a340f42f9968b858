import type { AskLlm, messagesApi } from '../llm/messagesApi.js';

/** `messagesApi`, whose SDK is loaded here and not with every command: that takes a tenth of a second. */
export async function askLlm(...options: Parameters<typeof messagesApi>): Promise<AskLlm> {
  return (await import('../llm/messagesApi.js')).messagesApi(...options);
}
