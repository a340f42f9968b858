import { ecsFormat } from '@elastic/ecs-pino-format';
import { destination, type Logger, pino } from 'pino';

/** Structured ECS log lines on stderr; stdout is for results. Credentials are redacted wherever they stand. */
export function createLog(level = process.env['OT_ANOMALY_LOG_LEVEL'] ?? 'info'): Logger {
  const redact = [
    '*.authorization',
    '*.headers',
    '*.meta',
    '*.password',
    '*.apiKey',
    'err.cause',
    'error.cause',
  ];
  return pino({ ...ecsFormat(), level, redact }, destination(2));
}
