// Written by engine/idna_table.ts from Node 24.21.0 (Unicode 17.0). Not to be changed by hand.

import { type CodePoints, codePoints } from "./ranges.ts";

/** Characters with another form than the engine knows: first, last, and the form of the first. */
export const MAPPED: readonly (readonly [first: number, last: number, to: number])[] = [
  [0x3002, 0x3002, 0x2e],
  [0xa7ce, 0xa7ce, 0xa7cf],
  [0xa7d2, 0xa7d2, 0xa7d3],
  [0xa7d4, 0xa7d4, 0xa7d5],
  [0xa7f1, 0xa7f1, 0x73],
  [0xff61, 0xff61, 0x2e],
  [0x16ea0, 0x16eb8, 0x16ebb],
];

/** Categories say the contrary of whether it can be in a name. */
export const PLACE: CodePoints = codePoints(
  "5NB1vBBuMB3(B2dDBcNBmAPCM18(BYDBC1WFFG2RBuGU1n!B12ZQfPBeSBEBQBsvVCCBBB$BkuRQd%C1WH2DBGBWB1BB5MB7$C2aC!1bLDIJ1BC33EIiI1MEKk5WZCZ8&F60BI18JW3B3TblNE42WDd%XPRkCI5aF(BWIC2gAB1eXB4&EaVJb#E1SBDB1ZBEB$BEB8KB1ep(G5rCMl8C46K",
);

/** Categories say the contrary of whether it can begin a label. */
export const BEGINS_NO_LABEL: CodePoints = codePoints(
  "24XJ1KJrJB5WBe!B22GBtLOpLB1rrOFcOE4CE7KBCC2NBb&BbWJBBCBBEBFBBOC2o%CBB1QHDFXB57FBGPb6ISreQ1OCX4aIBg&Bh%E7&C",
);

/** Categories say the contrary of whether it has the direction of those before it. */
export const NON_SPACING: CodePoints = codePoints(
  "24XJ1KJrJB4CBGBgHB23FBsMOpLB1rrOFcOE4CE7KBCC2NBb&BbZGNBBBBBOCp#BnIChWBmAC1UFFBBBXB57FBGPb6IMDDreQ1OCX4aIBg&Bh%E7&C",
);

/** Is read from right to left. */
export const RIGHT_TO_LEFT: CodePoints = codePoints(
  "1d&BBBCBCBJ#EGTBCBBBNBC1N1CDBEE2%PCHCKUCBB&%2ZLBO1LJCEBDYEBJBDBHPBZFBBL1VVBS1snKQlRB2cMGCBB1MBCDBCXB2IIJ1QTBCF1BE!FB2A1YEUC1PPEBDB%KJHJH2A1A1FGMJ1WKWC#F!HEMH2Q2J3X1TH1Ka$1KDBCC2O1IIWLJ2W$UX1m0J6FCJ2S1CHBEKECoR2E2M1%",
);

/** Is an Arabic number. */
export const OF_ARABIC_NUMBERS: CodePoints = codePoints("1jAKBC21mDK9G(");

/** Is a European number. */
export const DIRECTION_OF_NUMBERS: CodePoints = codePoints("1QK1lWK1uvH#");

/** Has no direction of its own. */
export const NEITHER_DIRECTION: CodePoints = codePoints(
  "1BCBBBINBBB1BC!BBC1CHBBBCBBBCECDBDBXB(BeBCHOCGGCFJBR3VB4ABcTBCD3WCBCBBBC2!B3TBKB8MEfYCHB7VB8BI3%HeAB7!E12SK3GBk!C9&BUKGL9VBDC4Y1C1gQBBFBMDBIDCBCEBBBIDNBH2BIBX2EBDBLBCCFCDBBBBBBBEBLBGEFE1$CE4$CBC7YCL2F!B4RZL5AeBBaT8A8MB3HD3FB4XC1AB3J7FGOH8A2T1N!BEB2T8OBBCDZPBGBFD3AB2!B6E1E6u$2AlkQ1XaGD3DBKC4A1C3GB4(EMC1!EnSCkeSC5%B2HCl!B1&2NDNDB1r&BgZH18SU1f!N2bI%jvQBog%2CDB5!2X3tIB2vQC8O1ME3EMPCPBPB1FVF(B1%D1%B5SG4!uYINDND3UM2ZHMUME1YIKG1II&CC2O3ZB2SB4HMOCFDDFHJZHHJDNH1J4TB1X",
);

/** Lets a joiner follow. */
export const VIRAMA: CodePoints = codePoints(
  "2aNB3(B3(B3(B3(B3(B3(B3(B3NCQB3$B3PB3(B6JB5UC1mZB(B4%BkNB7DB3FC2GC4cLBukGB1FB4XB4OB3MB9VB7WBniRB1gGB1YB1ZB3ZC4LB3UB5UB3CB7UB3(B7$B3(B3WB3UB8NB8DC5BB2TBSB2RBdFB8EC2RB",
);

/** Joins with what follows. */
export const LEFT_JOINING: CodePoints = codePoints("1a3SB");

/** Joins with what is before. */
export const RIGHT_JOINING: CodePoints = codePoints("1hCEBBBBFEVB1IDUS1GBCJBBBBCCBBYC1ABEFEBJBBBBBCB%BLD7YB2VD");

/** Joins on both sides. */
export const DUAL_JOINING: CodePoints = codePoints(
  "1hABFBBBBFENBHBC1DCJPS1GBCJBBBBC1IDCBSDFEBJBBBBBC(LDL7JEBB2KBBI3q%BY2YP1CBB13sV1S",
);
