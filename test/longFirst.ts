import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that start nodes of their own: as the last one of a run it would keep every other worker waiting. */
const LONG = ['test/e2e/exactlyOnce.test.ts', 'test/elasticsearch/node.test.ts'];

/** The usual order, but for those. */
export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) => LONG.some((name) => moduleId.endsWith(name));
    const usual = await super.sort(files);
    return [...usual.filter(isLong), ...usual.filter((file) => !isLong(file))];
  }
}
