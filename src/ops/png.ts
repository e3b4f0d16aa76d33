import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** Where the picture's fonts lie: shipped with the product, so that it looks the same wherever the bot runs. */
const fontFiles = [
  require.resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf'),
  require.resolve('dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf'),
];

/** Draws an SVG as PNG. Loads the renderer at the first picture. @throws when the SVG can't be read. */
export async function pngOf(svg: string): Promise<Buffer> {
  const { renderAsync } = await import('@resvg/resvg-js');
  const image = await renderAsync(svg, {
    font: {
      loadSystemFonts: false,
      fontFiles,
      defaultFontFamily: 'DejaVu Sans',
    },
  });
  return image.asPng();
}
