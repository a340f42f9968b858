/** Techniques of MITRE ATLAS (https://atlas.mitre.org) that the gate tries, with the matrix' own names. */
export const ATLAS = {
  evade: 'AML.T0015 Evade AI Model',
  poison: 'AML.T0020 Poison Training Data',
  craft: 'AML.T0043 Craft Adversarial Data',
  chaff: 'AML.T0046 Spamming AI System with Chaff Data',
} as const;
export type Atlas = (typeof ATLAS)[keyof typeof ATLAS];
