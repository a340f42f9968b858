import type { RuntimeField } from './dataView.js';

/** Which alert a document is about: by what it names, or by its own group, whose id is its alert's. */
export const ABOUT_ALERT_FIELD = 'ot_anomaly.about_alert';
export const ABOUT_ALERT: RuntimeField = {
  type: 'keyword',
  script: `if (doc.containsKey('ot_anomaly.alert.id') && doc['ot_anomaly.alert.id'].size() > 0) {
  emit(doc['ot_anomaly.alert.id'].value);
} else if (doc.containsKey('ot_anomaly.group.id') && doc['ot_anomaly.group.id'].size() > 0) {
  emit(doc['ot_anomaly.group.id'].value);
}`,
};
