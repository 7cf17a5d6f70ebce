// Package trade is what the services that trade have in common: it reads baskets and tenders from the contract, finds the terms
// that they are priced by, and tells orders, invoices and movements of money in the contract's words.
package trade
