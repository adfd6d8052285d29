/** The model that a run trains, as it says itself. */
import { type Plan, planModel } from '../../model/plan.js';
import { readStoredModel } from '../../model/storedModel.js';
import { ConfigError, StoreError } from '../../shared/errors.js';
import { attributesKey, fileOf } from '../layout.js';
import type { RunAttributes } from './runAttributes.js';

/** @throws StoreError when its description is damaged, or from a later gan-dist */
export function planOfRun(attributes: Pick<RunAttributes, 'model'>, run: string): Plan {
  const file = fileOf(run, attributesKey);
  try {
    return planModel(readStoredModel(attributes));
  } catch (cause) {
    if (!(cause instanceof ConfigError)) throw cause;
    throw new StoreError(`${file} is damaged, or of a later gan-dist: ${cause.message}`, file, { cause });
  }
}
