import { Eta } from 'eta';
import { packagePath } from '../config/packageRoot.js';

export type Render = (view: string, data: object) => string;

/**
 * Reads templates of `views/`. Everything that a template shows passes `escapeMarkup`: what came from the network can
 * neither become markup nor turn the reading direction of what stands around it.
 */
export function viewRenderer(folder = packagePath('views')): Render {
  const eta = new Eta({
    views: folder,
    cache: true,
    autoEscape: true,
    escapeFunction: escapeMarkup,
    autoTrim: false,
  });
  return (view, data) => eta.render(view, data);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};

/** Text as it may stand in HTML and SVG: no markup, no control and no invisible formatting characters. */
export function escapeMarkup(value: unknown): string {
  return String(value ?? '')
    .replace(/[\p{Cf}\p{Co}\p{Cn}\p{Cs}]|[^\P{Cc}\n\t]/gu, '')
    .replace(/[&<>"'`]/g, (character) => ENTITIES[character] ?? '');
}
