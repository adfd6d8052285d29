/**
 * How a matrix of rows (images) and columns (features) is spread over the slices:
 *
 *   form      slice s has                           elsewhere called (DTensor)
 *   whole     all of it                             Replicate
 *   images    the rows of its images                Shard(0)
 *   features  its columns, of all images            Shard(1)
 *   partial   a summand; the sum over slices is it  Partial
 *
 * Backwards forms are the duals: what took a `whole` input gives a `partial` gradient, and the other way round.
 */
export type Form = 'whole' | 'images' | 'features' | 'partial';

/** The form of the gradient of something in `form`. */
export function dualOf(form: Form): Form {
  if (form === 'whole') return 'partial';
  return form === 'partial' ? 'whole' : form;
}
