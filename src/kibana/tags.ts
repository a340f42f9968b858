import { type Reference, type SavedObject, savedObject } from './savedObject.js';
import { objectId } from './stableId.js';

export interface Tag {
  readonly name: string;
  readonly label: string;
  readonly description: string;
  readonly color: string;
}

export const TAGS = {
  ot: { name: 'tag-ot', label: 'OT', description: 'Industrial networks', color: '#0B64DD' },
  work: {
    name: 'tag-work',
    label: 'OT analysis',
    description: 'For who looks into alerts',
    color: '#008A5E',
  },
  run: {
    name: 'tag-run',
    label: 'OT operation',
    description: 'For who runs the detectors',
    color: '#966B03',
  },
  oversight: {
    name: 'tag-oversight',
    label: 'OT oversight',
    description: 'For who answers for models and AI',
    color: '#A11262',
  },
} as const satisfies Readonly<Record<string, Tag>>;

export function toTag({ name, label, description, color }: Tag): SavedObject {
  return savedObject('tag', objectId(name), { name: label, description, color }, []);
}

export function tagReferences(tags: readonly Tag[]): readonly Reference[] {
  return tags.map(({ name }) => ({ id: objectId(name), name: `tag-ref-${objectId(name)}`, type: 'tag' }));
}
