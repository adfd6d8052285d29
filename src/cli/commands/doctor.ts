/** `gan-dist doctor` and `gan-dist setup`: whether this machine can train, and making it so. */
import type { Command } from 'commander';

export function addDoctorCommand(program: Command): void {
  program
    .command('doctor')
    .description('report Node, engine, threads, memory, limits, data and store, each with ok or what to do')
    .option(
      '--self-test',
      'also train ten steps with 1 and with all workers, and compare their bytes and the reference',
    )
    .option('--json', 'one JSON array instead of lines')
    .action(async (options: { json?: boolean; selfTest?: boolean }) => {
      const { runDoctor } = await import('../doctor/examine.js');
      if (!(await runDoctor(options))) process.exitCode = 1;
    });
  program
    .command('setup')
    .description('make TensorFlow work where gan-dist is installed as a package (in a clone: npm run setup)')
    .action(async () => {
      const { runSetup } = await import('../doctor/setup.js');
      process.exitCode = await runSetup();
    });
}
