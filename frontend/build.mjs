// Builds static/build/ from npm packages and the portal's own sources: `npm run build`.
//   portal.css, portal.rtl.css   GOV.UK Frontend + static/css, left to right and right to left
//   public.css                   the small sheet of pages that need no account
//   portal.js                    static/js + GOV.UK Frontend's components + htmx, one module
//   fonts/                       woff2 for screens; TTF and fonts.conf for documents
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import rtlcss from "rtlcss";
import * as sass from "sass";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const packages = join(root, "node_modules");
const build = join(root, "static", "build");
const fonts = join(build, "fonts");
const own = (name) => readFileSync(join(root, "static", "css", name), "utf8");

/** Screens load these subsets; Chinese comes from the reader's system, whose fonts are better than 10 MB on the wire. */
const SCREEN_FONTS = {
  "noto-sans": { subsets: ["latin", "latin-ext", "cyrillic"], weights: [400, 700] },
  "noto-naskh-arabic": { subsets: ["arabic"], weights: [400, 700] },
};

/**
 * Documents embed these. Arabic in Amiri: it draws each letter as one glyph, from which a machine reads the words back; Noto
 * puts letters together from strokes and dots, and what is searched or copied is garbled.
 */
const DOCUMENT_FONTS = [
  "noto-sans/400Regular/NotoSans_400Regular.ttf",
  "noto-sans/400Regular_Italic/NotoSans_400Regular_Italic.ttf",
  "noto-sans/700Bold/NotoSans_700Bold.ttf",
  "noto-sans/700Bold_Italic/NotoSans_700Bold_Italic.ttf",
  "amiri/400Regular/Amiri_400Regular.ttf",
  "amiri/700Bold/Amiri_700Bold.ttf",
  "noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf",
  "noto-sans-sc/700Bold/NotoSansSC_700Bold.ttf",
];

function screenFonts() {
  const faces = [];
  for (const [family, { subsets, weights }] of Object.entries(SCREEN_FONTS)) {
    const folder = join(packages, "@fontsource", family);
    for (const weight of weights) {
      const sheet = readFileSync(join(folder, `${weight}.css`), "utf8");
      for (const subset of subsets) {
        const file = `${family}-${subset}-${weight}-normal.woff2`;
        const face = sheet.split("@font-face").find((part) => part.includes(`/${file}`));
        if (!face) throw new Error(`${family} has no ${file}`);
        const range = /unicode-range:\s*([^;}]+)/.exec(face);
        const name = /font-family:\s*([^;]+);/.exec(face)[1];
        cpSync(join(folder, "files", file), join(fonts, file));
        faces.push(
          `@font-face{font-family:${name};font-weight:${weight};font-style:normal;font-display:swap;` +
            `src:url("fonts/${file}") format("woff2");${range ? `unicode-range:${range[1]}` : ""}}`,
        );
      }
    }
  }
  return faces.join("\n");
}

/** The fonts of documents, and the fontconfig file that shows Pango exactly these and no font of the machine. */
function documentFonts() {
  for (const path of DOCUMENT_FONTS) {
    cpSync(join(packages, "@expo-google-fonts", path), join(fonts, path.split("/").at(-1)));
  }
  writeFileSync(
    join(fonts, "fonts.conf"),
    `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <dir prefix="relative">.</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
  <selectfont><rejectfont><glob>*.woff2</glob></rejectfont></selectfont>
  <alias binding="strong"><family>sans-serif</family>
    <prefer><family>Noto Sans</family><family>Amiri</family><family>Noto Sans SC</family></prefer></alias>
  <alias binding="strong"><family>serif</family>
    <prefer><family>Noto Sans</family><family>Amiri</family><family>Noto Sans SC</family></prefer></alias>
  <alias binding="strong"><family>monospace</family><prefer><family>Noto Sans</family></prefer></alias>
</fontconfig>
`,
  );
}

/** Dark values are written once: the reader's system asks for them, or the reader does. */
function dark() {
  const values = own("dark.css");
  return (
    `@media screen and (prefers-color-scheme:dark){${values.replace(":root", ':root:not([data-theme="light"])')}}\n` +
    `@media screen{${values.replace(":root", ':root[data-theme="dark"]')}}`
  );
}

const minify = (css) => esbuild.transformSync(css, { loader: "css", minify: true, legalComments: "none" }).code;
const write = (name, css) => writeFileSync(join(build, name), css.replace(/\/\*# sourceMappingURL=.*?\*\//g, ""));

function styles() {
  const govuk = sass.compile(join(root, "frontend", "govuk.scss"), {
    loadPaths: [packages],
    style: "compressed",
    quietDeps: true,
  }).css;
  const faces = screenFonts();
  const shared = [own("tokens.css"), dark()].join("\n");
  const sheets = ["base", "components", "accounts", "charts", "letters", "print"];
  const portal = minify(sheets.map((name) => own(`${name}.css`)).join("\n"));
  const head = minify(faces);
  write("portal.css", [head, govuk, minify(shared), portal].join("\n"));
  write("portal.rtl.css", [head, rtlcss.process(govuk), minify(shared), portal].join("\n"));
  write("public.css", minify([shared, own("public.css")].join("\n")));
}

async function scripts() {
  await esbuild.build({
    entryPoints: [join(root, "static", "js", "portal.js")],
    nodePaths: [packages],
    outfile: join(build, "portal.js"),
    bundle: true,
    format: "esm",
    target: "es2022",
    minify: true,
    legalComments: "none",
  });
}

rmSync(build, { recursive: true, force: true });
mkdirSync(fonts, { recursive: true });
styles();
documentFonts();
await scripts();
