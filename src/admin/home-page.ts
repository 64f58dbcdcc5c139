import type { Readiness, VersionReport } from './admin-deps.ts'
import { endpoints } from './endpoints.ts'

/** The page for people: what there is to ask. Complete in itself; nothing is loaded. */
export function homePage(version: VersionReport, { ready, reasons }: Readiness): string {
  const rows = endpoints.map(({ method, path, summary }) => {
    const shown =
      method === 'GET' ? `<a href="${escapeHtml(path)}">${escapeHtml(path)}</a>` : escapeHtml(path)
    return `<tr><td>${method}</td><td>${shown}</td><td>${escapeHtml(summary)}</td></tr>`
  })
  const state = ready ? 'ready' : `not ready: ${reasons.join('; ')}`
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Tidegate</title>
<style>
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 50rem; padding: 0 1rem }
td { padding: .1rem 1rem .1rem 0; vertical-align: top }
</style>
<h1>Tidegate ${escapeHtml(version.version)}</h1>
<p>${escapeHtml(state)}</p>
<table>
${rows.join('\n')}
</table>
`
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (char) => entities[char] ?? '')
}
