/** Names come from the network, from files of others: without the control characters that would move a terminal's cursor or end a line. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '?');
}
