/** The cases that were asked for and whose images are there. */
import { loadDataset } from '../../src/data/loadDataset.js';
import { DataError, UsageError } from '../../src/index.js';
import { type Case, cases, nameCase } from './cases.js';
import type { Options } from './options.js';

/**
 * @param say is told which cases are left out and how to get their images
 * @throws UsageError if no case has such a name; DataError if all are without images, or a folder
 * was named and has none
 */
export async function chooseCases({ only, dataDir }: Options, say: (text: string) => void): Promise<Case[]> {
  const chosen = cases.filter(setting => nameCase(setting).includes(only));
  if (chosen.length === 0) {
    if (isVersionsChosen({ only })) return [];
    throw new UsageError(
      `no case has ${JSON.stringify(only)} in its name; there are\n${listNames(cases)}\n  ${versionsName}`,
    );
  }
  const [withMnist, others] = [chosen.filter(isOnMnist), chosen.filter(setting => !isOnMnist(setting))];
  const problem = withMnist.length > 0 ? await findProblem(dataDir) : undefined;
  if (!problem) return chosen;
  if (dataDir !== undefined || others.length === 0) throw problem;
  say(`${problem.message}. Left out without it:\n${listNames(withMnist)}`);
  return others;
}

/** What is no training: whether other versions of Keras read our models, and we theirs. */
const versionsName = 'kerasVersions';

export const isVersionsChosen = ({ only }: Pick<Options, 'only'>): boolean => versionsName.includes(only);

const isOnMnist = ({ source }: Case) => source === 'mnist';

async function findProblem(dir?: string): Promise<DataError | undefined> {
  try {
    await loadDataset({ source: 'mnist', dir });
    return undefined;
  } catch (error) {
    if (error instanceof DataError) return error;
    throw error;
  }
}

const listNames = (list: readonly Case[]): string => list.map(setting => `  ${nameCase(setting)}`).join('\n');
