/** How the game between the two networks stands, by a step's metrics or the means of the last ones. */
import { divergenceBound } from '../../model/divergence.js';
import type { Metrics } from '../../store/index.js';
import type { StepMetrics } from '../../store/records.js';

/** One step's losses are noisy: what is said of a run is the mean of so many. */
export const recentSteps = 100;

/** Metrics of a step, or their means, and what they say. */
export type Standing = Omit<StepMetrics, 'step' | 'saturation' | 'fingerprint'> & {
  /** `log 2 − dLoss`: a lower bound (in expectation) on the Jensen–Shannon divergence of real and fake, in nats. */
  divergenceBound: number;
};

export function averageLast(metrics: Metrics, steps: number): Standing {
  const mean = (values: Float32Array) => {
    const last = values.subarray(-steps);
    return last.reduce((sum, value) => sum + value, 0) / last.length;
  };
  const dLoss = mean(metrics.dLoss);
  return {
    dLoss,
    gLoss: mean(metrics.gLoss),
    dReal: mean(metrics.dReal),
    dFake: mean(metrics.dFake),
    fakeSpread: mean(metrics.fakeSpread),
    stepMs: mean(metrics.stepMs),
    divergenceBound: divergenceBound(dLoss),
  };
}
