import { Option } from 'commander';

export function policiesOption(): Option {
  return new Option('--policies <folder>', 'the two policies and approvers.yaml')
    .default('policies')
    .env('OT_ANOMALY_POLICIES');
}
