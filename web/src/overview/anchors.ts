/** The id of a service's card on the page. Names are free text, ids and addresses are not. */
export function anchorOf(name: string): string {
  return `service-${encodeURIComponent(name)}`;
}
