/** What a rule is tried on; names are dotted. */
export type Sample =
  /** a document of one of our streams */
  | {
      readonly kind: 'document';
      readonly template: string;
      readonly fields: Fields;
      /** how long before the rule runs its time is */
      readonly minutesAgo?: number;
    }
  /** a row of a Zeek log, which goes through its pipeline */
  | { readonly kind: 'row'; readonly log: string; readonly row: Fields }
  /** an alert that Kibana made of one of ours */
  | { readonly kind: 'kibana alert'; readonly fields: Fields };

type Fields = Readonly<Record<string, unknown>>;

const ALERT: Fields = {
  'event.kind': 'alert',
  'event.category': ['network', 'intrusion_detection'],
  'event.type': ['info'],
  'event.module': 'ot_anomaly',
  'event.dataset': 'ot_anomaly.anomaly',
  'event.severity': 73,
  'event.risk_score': 80.1,
  'event.reason': '10.1.0.9 → 10.1.1.10:502 (modbus unit 1): a sample',
  'source.address': '10.1.0.9',
  'source.ip': '10.1.0.9',
  'destination.address': '10.1.1.10',
  'destination.ip': '10.1.1.10',
  'destination.port': 502,
  'network.protocol': 'modbus',
  'rule.name': 'isolation_forest',
  'rule.category': 'interval',
  'ot_anomaly.detector': 'isolation_forest',
  'ot_anomaly.score': -0.3,
  'ot_anomaly.group.id': 'a-sample',
  'ot_anomaly.group.kind': 'rhythm',
  'ot_anomaly.relation': '10.1.0.9 → 10.1.1.10:502 (modbus unit 1)',
  'ot_anomaly.function_code': 'READ_HOLDING_REGISTERS',
};

/** An alert of the anomaly stream; without more, of an interval that is only unusual. */
export function alert(fields: Fields = {}): Sample {
  return { kind: 'document', template: 'logs-ot_anomaly.anomaly', fields: { ...ALERT, ...fields } };
}

/** An alert of something that the baseline never saw. */
export function newAlert(level: string, group: string, fields: Fields = {}): Sample {
  return alert({
    'rule.name': 'novelty',
    'rule.category': level,
    'ot_anomaly.detector': 'novelty',
    'ot_anomaly.evidence': [{ detector: 'novelty', feature: level, days_seen: 0 }],
    'ot_anomaly.group.kind': group,
    ...fields,
  });
}

/** An alert of a chart: a detector that judges a course rather than a record. */
export function chartAlert(detector: string, fields: Fields = {}): Sample {
  return alert({
    'rule.name': detector,
    'ot_anomaly.detector': detector,
    'ot_anomaly.group.kind': detector,
    ...fields,
  });
}

/** What is told of a sensor that does not see everything, or that sees everything again. */
export function sensorAlert(action: string, kind: 'alert' | 'event'): Sample {
  return document('logs-ot_anomaly.anomaly', {
    'event.kind': kind,
    'event.action': action,
    'event.severity': 47,
    'event.risk_score': 47,
    'observer.name': 'north',
    'rule.name': 'sensor_health',
    'ot_anomaly.detector': 'sensor_health',
    'ot_anomaly.group.kind': 'sensor',
    'ot_anomaly.sensor.condition': 'loss',
  });
}

/** A document of any other stream of ours. */
export function document(template: string, fields: Fields): Sample {
  const dataset = template.replace(/^(logs|metrics)-/, '');
  return {
    kind: 'document',
    template,
    fields: { 'event.kind': 'event', 'event.module': 'ot_anomaly', 'event.dataset': dataset, ...fields },
  };
}

/** Kibana's alert for an alert of ours: it copies its fields. */
export function kibanaAlert(workflowStatus: 'open' | 'closed'): Sample {
  return {
    kind: 'kibana alert',
    fields: { 'ot_anomaly.group.id': 'a-sample', 'kibana.alert.workflow_status': workflowStatus },
  };
}

/** A row of modbus.log. */
export function modbusRow(source: string, destination: string, func: string, fields: Fields = {}): Sample {
  return zeekRow('modbus', source, destination, 502, { unit: 1, pdu_type: 'REQ', func, ...fields });
}

/** A row of any Zeek log; its time and uid are the test's. */
export function zeekRow(
  log: string,
  source: string,
  destination: string,
  port: number,
  fields: Fields = {},
): Sample {
  return {
    kind: 'row',
    log,
    row: {
      'id.orig_h': source,
      'id.orig_p': 40_000,
      'id.resp_h': destination,
      'id.resp_p': port,
      ...fields,
    },
  };
}

export function times(count: number, sample: (index: number) => Sample): readonly Sample[] {
  return Array.from({ length: count }, (_, index) => sample(index));
}
