/** Manifests as libraries have them: a sequence of pages, an image and a list of annotations on each, and chapters. */

/** The pages of a chapter. */
const CHAPTER = 20;

/**
 * How many objects a book of so many pages has: of each page three, the chapters, and manifest, sequence and contents.
 *
 * @param {number} pages
 */
export const objectsIn = (pages) => 3 * pages + Math.ceil(pages / CHAPTER) + 3;

/**
 * The manifest of a book, as it is sent. The label of each page begins with `label`, and each has so many characters of
 * metadata as `notes` says.
 *
 * @param {string} base
 * @param {string} name
 * @param {{ pages: number, label?: string, notes?: number }} options
 */
export function book(base, name, { pages, label = 'Page', notes = 0 }) {
  const at = (type, part) => `${base}/${name}/${type}/${part}`;
  const metadata = notes === 0 ? {} : { metadata: [{ label: 'Notes', value: 'x'.repeat(notes) }] };
  const canvases = Array.from({ length: pages }, (_, i) => {
    const page = `${i + 1}`;
    const service = {
      '@id': `https://images.example.org/iiif/${name}:${page}`,
      profile: 'http://iiif.io/api/image/2/level2.json',
    };
    const resource = {
      ...{ '@id': `${service['@id']}/full/full/0/default.jpg`, '@type': 'dctypes:Image', format: 'image/jpeg' },
      ...{ height: 3_179, width: 1_933, service },
    };
    const image = {
      '@id': at('annotation', `a${page}`),
      '@type': 'oa:Annotation',
      motivation: 'sc:painting',
      resource,
    };
    const text = { '@id': at('list', `l${page}`), '@type': 'sc:AnnotationList', label: `Text of ${page}` };
    return {
      ...{ '@id': at('canvas', `c${page}`), '@type': 'sc:Canvas', label: `${label} ${page}` },
      ...{ height: 3_179, width: 1_933, ...metadata },
      ...{ images: [{ ...image, on: at('canvas', `c${page}`) }], otherContent: [text] },
    };
  });
  const chapters = Array.from({ length: Math.ceil(pages / CHAPTER) }, (_, i) => ({
    ...{ '@id': at('range', `r${i + 1}`), '@type': 'sc:Range', label: `Chapter ${i + 1}` },
    canvases: canvases.slice(CHAPTER * i, CHAPTER * (i + 1)).map((canvas) => canvas['@id']),
  }));
  const contents = {
    ...{ '@id': at('range', 'contents'), '@type': 'sc:Range', label: 'Contents' },
    ranges: chapters.map((chapter) => chapter['@id']),
  };
  const sequence = { '@id': at('sequence', 'normal'), '@type': 'sc:Sequence', label: 'Normal', canvases };
  return {
    '@id': `${base}/${name}/manifest`,
    '@type': 'sc:Manifest',
    label: `Book ${name}`,
    sequences: [sequence],
    structures: [contents, ...chapters],
  };
}
