/** Version of the layout, root attribute `format`: a store with a higher one is refused, here and in the page. */
export const formatVersion = 1;
