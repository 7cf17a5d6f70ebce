package retail

import "strings"

// currencies are the codes of ISO 4217, list one (current currencies and funds), as of January 2026, by how many decimals
// the minor unit stands for. Left out are funds, units of account, precious metals and codes for tests: nobody pays in
// them. BGN, which the euro replaced on 1 January 2026, stays while books are still kept in it.
// Source: https://www.six-group.com/dam/download/financial-information/data-center/iso-currrency/lists/list-one.xml
var currencies = [...]string{
	0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF",
	2: "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP " +
		"CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS " +
		"KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD " +
		"PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP " +
		"TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG",
	3: "BHD IQD JOD KWD LYD OMR TND",
}

// exponents gives each currency its decimals.
var exponents = func() map[string]int {
	exponents := map[string]int{}
	for exponent, codes := range currencies {
		for _, code := range strings.Fields(codes) {
			exponents[code] = exponent
		}
	}
	return exponents
}()

// CurrencyExponent returns how many decimals the minor unit of a currency stands for, 2 for the cents of EUR and 0 for
// JPY, or false for a code that is none of ISO 4217.
func CurrencyExponent(code string) (exponent int, known bool) {
	exponent, known = exponents[code]
	return exponent, known
}
