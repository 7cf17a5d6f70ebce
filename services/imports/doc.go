// Package imports loads what a retailer had before: catalogues, stock and sales, from files, through the API.
//
// It is an ordinary client. It knows the contract and a connection, and nothing of the engine or the database, so that what it
// does anybody's program may do.
//
// # Once, whatever happens
//
// Every request id is derived from what the source calls the thing (identity.go), and the content of every request depends
// on the files and the options alone. So an import that was killed, lost its server or was started twice is simply run again:
// what was done answers as it did the first time, and what was not is done now. Two kinds of change are told apart:
//
//   - A fact, such as a sale or a delivery, has an id of its key alone: complete-journey/basket/31198705046. Should a later
//     file have another content for it, the server refuses the request, and the lines stand in the reject file.
//   - A statement, such as a product's title, has an id of its key and its content. A later file that says otherwise is
//     taken over.
//
// The server tells repeats by caller too. Run an import again with the same key.
//
// A server that is busy or gone is asked again, with a pause that grows, for a minute and a half (patience.go). A request that
// it refuses goes to the reject file, line by line, with the reason, and the import goes on. A key without the right to do
// something ends it.
//
// Lines read = lines imported + lines rejected. Some entries of the reject file are about lines that were imported, but for a
// part of them: their reasons end in LEFT_OUT or SHORTENED.
//
// Files are read as they stream by, packed with gzip or not. Memory holds the requests under way and what a format says below.
//
// # aisle
//
// One change per line, as JSON: a method of the API that changes something, and its request in the JSON form of protobuf.
//
//	{"method":"aisle.catalog.v1.CatalogService/PutTaxCategory","request":{"taxCategory":{"code":"standard","name":"Standard"}}}
//	{"method":"aisle.catalog.v1.CatalogService/PutProduct","request":{"product":{"code":"shirt","title":"Linen shirt",
//	  "taxCategory":"standard","options":[{"name":"Size","values":["S","M"]}],
//	  "variants":[{"sku":"shirt-s","optionValues":["S"]},{"sku":"shirt-m","optionValues":["M"]}]}}}
//	{"method":"aisle.stock.v1.StockService/ReceiveStock","key":"delivery note 4711","request":{"location":"milan",
//	  "reference":"4711","lines":[{"sku":"shirt-s","quantity":20},{"sku":"shirt-m","quantity":30}]}}
//
// (The second and third line are broken here for reading only.) A line with a key is a fact under that key, which is unique
// per method. A line without one is told from others by its content and by how often the same content came before, so that
// two equal deliveries are two; that count takes some 50 bytes of memory per line. A request that brings a request_id keeps it.
//
// Lines of one method are carried out side by side, those that change the same thing in the order of the file; what is the
// same thing is said by the path of the method's REST form. Where the method changes, everything before is finished first. So
// a file is written in the order in which its parts need one another: tax categories, rates, price lists, places, products,
// prices, channels, stock.
//
// # shopify
//
// Product files as Shopify exports and imports them. The rows of a product stand together. Where the file has none:
//
//   - SKU: the handle and the option values, in small letters, digits and hyphens; with a hash of the exact values where more
//     than capitals and spaces was lost, and cut to 64 characters with a hash of the whole.
//   - Location (default "shopify", a store), price list ("shopify") and tax category ("standard") are created where they are
//     missing, in Options.Currency and Options.Jurisdiction. What is there stays as it is. Tax rates are in no such file: put
//     them before selling.
//
// The body becomes plain text. A barcode that is no GTIN, a price that is missing or finer than the currency, and a quantity
// that is negative or broken are left out, and the variant is imported. Quantities above zero are received once, as opening
// stock, each variant on its own: a later file with another quantity does not add to it. Pictures, tags, weights and compare-at
// prices are not taken over.
//
// # complete-journey
//
// "The Complete Journey" of 84.51°: one or more transactions files and the product table, told apart by their headers. A
// basket is a till sale at its store, by its household, at its time on the store's clock; the shelf price of a line is
// sales_value + retail_disc + coupon_match_disc, of which the latter two are taken off again as discounts under those names.
// The coupons of a basket (coupon_disc) are one tender of kind VOUCHER, cash is the rest, and what the coupons exceed is change.
//
//   - Quantity 0 with a value (even one that the discounts take off whole) is one unit, noted as assumed.
//   - Quantity 0 with nothing but a coupon: the coupon joins its basket's; where the basket has nothing to pay for, the line
//     is rejected. All zero: rejected. Nothing was sold.
//   - Fuel is counted in its smallest measure, so that quantities are in the tens of thousands. They are units.
//   - An amount finer than a cent is rounded, halves away from zero. No account can hold the rest; the summary names it.
//   - A product that the table lacks is created as unidentified, unless the shop knows it from an earlier import.
//   - There is no tax in the source: its jurisdiction has one rate, of zero.
//   - Opening stock is in no file. What a file will sell is received before its first day, in one delivery per store with the
//     number "assumed opening stock". It depends on the file's text alone: the same file brings it once, another month's
//     file brings its own.
//
// A transactions file is read twice, the first time to learn what it sells: memory holds one sum per store and product, and
// the lines of baskets of one second. So the lines of a basket stand near one another, as they do in every such file; a part
// that comes later is refused by the server and rejected, never sold as a basket of its own.
//
// # online-retail
//
// "Online Retail" of the UCI Machine Learning Repository: one or more files of invoice lines, in the order of their time. An invoice
// is an order of the web shop, at its time on the file's clock, by its customer, paid by card, and packed and sent at once from
// one warehouse. The web shop is a place without shelves that has its own book, under the channel's code.
//
//   - An invoice is the lines with its number, wherever they stand; its first line says when it was and for whom, and it comes
//     before another whose last line stands further down. A line with another CustomerID than the first is rejected.
//   - More than 500 lines are cut into orders that say in their reference which part they are: "536876 (1 of 2)".
//   - Codes are in capitals: those that differ only in case are one SKU. A product has the first description of a line with a
//     price; the others are often remarks of the warehouse.
//   - A CustomerID becomes a customer's id that is derived from it. Without one the buyer is not identified.
//   - The country stands with the shipment, as where the carrier takes it. A shipment is recorded as sent when it is imported: the
//     contract has no other time for it. Reconcile counts it on the day of its order.
//   - A price finer than a penny is kept as it is in the note of its line; the amount of the line is rounded, halves away from
//     zero, and the summary names the rest. Price 0 is a free item.
//   - A negative quantity of goods without a C is a write-off, with the warehouse's remark as its note. A price is left out.
//   - A code that is no goods (POST, DOT, M, D, S, B, C2, C3, BANK CHARGES, AMAZONFEE, CRUK, ADJUST, ADJUST2, gift vouchers) is a
//     charge on an account of its own, charges/<code>. With goods it is invoiced when they are sent, and without any at once.
//   - Goods of a cancellation come back to the warehouse and are for sale again: nothing says that they are not. They are those of
//     the newest earlier line of the same CustomerID and code that has units left, and then of older ones, one return per order,
//     accepted by right, for it happened. What goes back is what was paid; where the cancellation says another price, the summary
//     and reconcile name the difference. What no line has left, and what comes from a buyer who is not identified, is a return
//     without a receipt at its own price, in the book of the warehouse, where it is taken in.
//   - A negative amount of a code that is no goods is money given back to the card, off the account charges/<code>: a return of that
//     customer's charge where one cost just as much and has units left, and else one without a receipt in the web shop's book. So
//     are discounts (D), samples (S), manual corrections (M), fees that a bank or a marketplace kept, and bad debts (B), which are
//     costs of the shop.
//   - Rejected are goods of a cancellation with a positive quantity, goods with a negative price, quantity 0, and a code without
//     an amount that goes back.
//   - There is no tax in the source: prices include it, at a rate of zero.
//   - Opening stock is in no file. What a file sends and writes off is received before its first day, in one delivery with the number
//     "assumed opening stock". What comes back is not counted on.
//
// A cancellation finds sales of the files of the same run. So a later month is imported with the earlier ones named before it,
// which have no second effect. A month that was imported alone keeps its returns without a receipt: a later run whose files
// would have it otherwise is refused there, and the reject file names the lines.
//
// A file is read twice, the first time to learn what it sends and how many lines each invoice has: memory holds a count per invoice,
// the lines of invoices that are not whole, and a few words per line that an identified customer may bring back.
//
// Package reconcile proves the outcome.
package imports
