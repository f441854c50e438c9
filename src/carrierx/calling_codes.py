"""Prefixes of phone numbers by country.

Source: ITU-T E.164 and the numbering plan of NANPA, as in Google's libphonenumber; the tests compare them. Countries
whose numbers can't be told from those of a larger country (Saint Martin, Western Sahara) are left out.
"""

from __future__ import annotations

__all__ = ["PREFIXES_OF_COUNTRIES", "US_TERRITORIES"]

_ONE_PREFIX = """
    ABW 297 AFG 93 AGO 244 ALB 355 AND 376 ARE 971 ARG 54 ARM 374 ASC 247 AUS 61 AUT 43 AZE 994 BDI 257 BEL 32 BEN 229
    BFA 226 BGD 880 BGR 359 BHR 973 BIH 387 BLR 375 BLZ 501 BOL 591 BRA 55 BRN 673 BTN 975 BWA 267 CAF 236 CHE 41 CHL 56
    CHN 86 CIV 225 CMR 237 COD 243 COG 242 COK 682 COL 57 COM 269 CPV 238 CRI 506 CUB 53 CYP 357 CZE 420 DEU 49 DJI 253
    DNK 45 DZA 213 ECU 593 EGY 20 ERI 291 ESP 34 EST 372 ETH 251 FIN 358 FJI 679 FLK 500 FRA 33 FRO 298 FSM 691 GAB 241
    GBR 44 GEO 995 GHA 233 GIB 350 GIN 224 GLP 590 GMB 220 GNB 245 GNQ 240 GRC 30 GRL 299 GTM 502 GUF 594 GUY 592
    HKG 852 HND 504 HRV 385 HTI 509 HUN 36 IDN 62 IND 91 IOT 246 IRL 353 IRN 98 IRQ 964 ISL 354 ISR 972 ITA 39 JOR 962
    JPN 81 KEN 254 KGZ 996 KHM 855 KIR 686 KOR 82 KWT 965 LAO 856 LBN 961 LBR 231 LBY 218 LIE 423 LKA 94 LSO 266 LTU 370
    LUX 352 LVA 371 MAC 853 MAR 212 MCO 377 MDA 373 MDG 261 MDV 960 MEX 52 MHL 692 MKD 389 MLI 223 MLT 356 MMR 95
    MNE 382 MNG 976 MOZ 258 MRT 222 MTQ 596 MUS 230 MWI 265 MYS 60 NAM 264 NCL 687 NER 227 NFK 672 NGA 234 NIC 505
    NIU 683 NLD 31 NOR 47 NPL 977 NRU 674 NZL 64 OMN 968 PAK 92 PAN 507 PER 51 PHL 63 PLW 680 PNG 675 POL 48 PRK 850
    PRT 351 PRY 595 PSE 970 PYF 689 QAT 974 REU 262 ROU 40 RUS 7 RWA 250 SAU 966 SDN 249 SEN 221 SGP 65 SHN 290 SLB 677
    SLE 232 SLV 503 SMR 378 SOM 252 SPM 508 SRB 381 SSD 211 STP 239 SUR 597 SVK 421 SVN 386 SWE 46 SWZ 268 SYC 248
    SYR 963 TCD 235 TGO 228 THA 66 TJK 992 TKL 690 TKM 993 TLS 670 TON 676 TUN 216 TUR 90 TUV 688 TWN 886 TZA 255
    UGA 256 UKR 380 URY 598 USA 1 UZB 998 VEN 58 VNM 84 VUT 678 WLF 681 WSM 685 XKX 383 YEM 967 ZAF 27 ZMB 260 ZWE 263
"""
_PREFIXES_WITHIN_ANOTHER_COUNTRYS: dict[str, tuple[str, str]] = {
    "AIA": ("1", "264"),
    "ASM": ("1", "684"),
    "ATG": ("1", "268"),
    "BHS": ("1", "242"),
    "BMU": ("1", "441"),
    "BRB": ("1", "246"),
    "CAN": (
        "1",
        "204 226 236 249 250 257 263 273 289 306 343 354 365 367 368 382 403 416 418 428 431 437 438 450 468 474 506 "
        "514 519 548 579 581 584 587 604 613 639 647 672 683 705 709 742 753 778 780 782 807 819 825 867 873 879 902 "
        "905 942",
    ),
    "CYM": ("1", "345"),
    "DMA": ("1", "767"),
    "DOM": ("1", "809 829 849"),
    "GRD": ("1", "473"),
    "GUM": ("1", "671"),
    "JAM": ("1", "658 876"),
    "KNA": ("1", "869"),
    "LCA": ("1", "758"),
    "MNP": ("1", "670"),
    "MSR": ("1", "664"),
    "PRI": ("1", "787 939"),
    "SXM": ("1", "721"),
    "TCA": ("1", "649"),
    "TTO": ("1", "868"),
    "VCT": ("1", "784"),
    "VGB": ("1", "284"),
    "VIR": ("1", "340"),
    "ALA": ("358", "18"),
    "BES": ("599", "3 4 7"),
    "CUW": ("599", "6 9"),
    "GGY": ("44", "1481 7781 7839 79111 79117"),
    "IMN": ("44", "1624 74576 7524 7624 7924"),
    "JEY": ("44", "1534 7509 77003 77007 77008 7797 7829 7937"),
    "KAZ": ("7", "6 7"),
    "MYT": ("262", "269 639 70935 70936 70937"),
    "SJM": ("47", "79"),
    "VAT": ("39", "06698"),
}

_words = _ONE_PREFIX.split()
PREFIXES_OF_COUNTRIES: dict[str, tuple[str, ...]] = {
    country: (prefix,) for country, prefix in zip(_words[::2], _words[1::2], strict=True)
} | {
    country: tuple(calling_code + rest for rest in rests.split())
    for country, (calling_code, rests) in _PREFIXES_WITHIN_ANOTHER_COUNTRYS.items()
}
"""Prefixes of numbers by ISO 3166 alpha-3 code of the country. The longest prefix of a number decides."""

US_TERRITORIES = frozenset({"ASM", "GUM", "MNP", "PRI", "VIR"})
"""Territories with their own ISO 3166 code whose numbers CarrierX documents as US numbers."""
