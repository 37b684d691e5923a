/** The key of an item of a list, at the end of the path of a change: `admins[<key>]`. */
export const ITEM_KEY = /\[([^\]]*)\]$/;
