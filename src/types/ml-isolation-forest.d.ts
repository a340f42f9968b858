declare module 'ml-isolation-forest' {
  export interface TreeNode {
    readonly splitColumn?: number;
    readonly splitValue?: number;
    readonly left?: TreeNode;
    readonly right?: TreeNode;
    readonly trainingSet?: readonly (readonly number[])[];
  }
  export class IsolationForest {
    constructor(options?: { nEstimators?: number });
    readonly forest: readonly TreeNode[];
    train(trainingSet: readonly (readonly number[])[]): void;
    predict(data: readonly (readonly number[])[]): number[];
  }
}
