(** A checker of Farkas certificates, and the proof that what it accepts is true.

    The sign-vector tree of polybn decides for each side of a hyperplane whether it meets a cell. A
    side that does not is refuted by integers: the rows (a, b) of the cell, each the affine function
    x |-> <a, x> + b, nonnegative on it; one more row, the objective, positive on the side; and a
    multiplier l >= 0 a row, with sum l (<a, x> + b) equal to a constant <= 0 for every x.

    Why this refutes.
    1. The coefficients of sum l (<a, x> + b) are the integers that [combination] adds up. When
       those of x are all 0, the sum is the constant c <= 0 at every x ([value_combination]).
    2. Where every row is >= 0 no term of the sum is negative, and the sum is <= 0: every term is 0.
       So every row whose multiplier is positive vanishes there ([farkas_vanishes]).
    3. Hence no x makes all rows positive, once one multiplier is positive ([farkas]); and no x
       makes the rows nonnegative and the objective positive, once the multiplier of the objective
       is ([farkas_side]). The latter is stronger: it speaks of the closed cell, and a row of the
       cell may be zero.

    What is general: any dimension d, any number of rows, integers of any size, and x over any real
    field R. The checker computes in Z alone; rational rows and multipliers come with their
    denominators cleared, which changes no sign. *)

From Coq Require Import ZArith List.
From mathcomp Require Import all_ssreflect all_algebra.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.

(** The checker: integers and lists, nothing else. *)

Section Checker.

Local Open Scope Z_scope.

(** (a, b) is the affine function x |-> <a, x> + b. *)
Definition row := (list Z * Z)%type.

Fixpoint add_multiple (l : Z) (a u : list Z) : list Z :=
  match a, u with
  | x :: a', y :: u' => l * x + y :: add_multiple l a' u'
  | _, _ => nil
  end.

Definition has_dimension (d : nat) (r : row) : bool := Nat.eqb (length r.1) d.

(** sum l (a, b), in dimension d. *)
Fixpoint combination (d : nat) (rows : list row) (multipliers : list Z) : row :=
  match rows, multipliers with
  | (a, b) :: rows', l :: multipliers' =>
      let: (u, c) := combination d rows' multipliers' in (add_multiple l a u, l * b + c)
  | _, _ => (repeat 0 d, 0)
  end.

(** Multipliers >= 0, one a row and not all 0, whose combination is a constant <= 0. *)
Definition check (d : nat) (rows : list row) (multipliers : list Z) : bool :=
  let: (u, c) := combination d rows multipliers in
  forallb (has_dimension d) rows
  && Nat.eqb (length rows) (length multipliers)
  && forallb (Z.leb 0) multipliers
  && existsb (Z.ltb 0) multipliers
  && forallb (Z.eqb 0) u
  && (c <=? 0).

(** A side of a cell: the rows of the cell and the objective, with their multipliers. *)
Record side := Side {
  rows : list row;
  objective : row;
  multipliers : list Z;
  objective_multiplier : Z }.

Definition check_side (d : nat) (s : side) : bool :=
  check d (objective s :: rows s) (objective_multiplier s :: multipliers s)
  && (0 <? objective_multiplier s).

End Checker.

Section Soundness.

Local Open Scope ring_scope.

Variables (R : realFieldType) (d : nat).

(** The integer z as an element of R. *)
Definition of_Z (z : Z) : R :=
  match z with
  | Z0 => 0
  | Zpos p => (Pos.to_nat p)%:R
  | Zneg p => - (Pos.to_nat p)%:R
  end.

(** <a, x> + b. *)
Definition value (r : row) (x : 'rV[R]_d) : R :=
  \sum_(i < d) of_Z (List.nth i r.1 Z0) * x ord0 i + of_Z r.2.

(** Z -> R is a ring homomorphism that keeps signs. *)

Lemma of_Z_pos_sub p q : of_Z (Z.pos_sub p q) = (Pos.to_nat p)%:R - (Pos.to_nat q)%:R.
Proof.
have sub m n : (Pos.to_nat m < Pos.to_nat n)%N ->
    (Pos.to_nat (n - m))%:R = (Pos.to_nat n)%:R - (Pos.to_nat m)%:R :> R.
  move=> /ssrnat.ltP lt; rewrite Pos2Nat.inj_sub ?Pos2Nat.inj_lt // natrB //.
  by apply/ltnW/ssrnat.ltP.
rewrite Z.pos_sub_spec; case: (Pos.compare_spec p q) => [->|lt|lt] /=; first by rewrite subrr.
  by rewrite sub ?opprB //; apply/ssrnat.ltP/Pos2Nat.inj_lt.
by rewrite sub //; apply/ssrnat.ltP/Pos2Nat.inj_lt.
Qed.

Lemma of_Z_add y z : of_Z (y + z) = of_Z y + of_Z z.
Proof.
case: y z => [|p|p] [|q|q] /=; rewrite ?addr0 ?add0r // ?Pos2Nat.inj_add ?of_Z_pos_sub //.
- by rewrite plusE natrD.
- by rewrite addrC.
- by rewrite plusE natrD opprD.
Qed.

Lemma of_Z_mul y z : of_Z (y * z) = of_Z y * of_Z z.
Proof.
case: y z => [|p|p] [|q|q] /=; rewrite ?mul0r ?mulr0 //;
  by rewrite Pos2Nat.inj_mul multE natrM ?mulNr ?mulrN ?opprK.
Qed.

Lemma of_Z_ge0 z : Z.leb 0 z -> 0 <= of_Z z.
Proof. by case: z => //= p _; rewrite ler0n. Qed.

Lemma of_Z_gt0 z : Z.ltb 0 z -> 0 < of_Z z.
Proof. by case: z => //= p _; rewrite ltr0n; apply/ssrnat.ltP/Pos2Nat.is_pos. Qed.

Lemma of_Z_le0 z : Z.leb z 0 -> of_Z z <= 0.
Proof. by case: z => //= p _; rewrite oppr_le0 ler0n. Qed.

(** The combination is what its name says, at every x. *)

Lemma nth_add_multiple l a u i : length a = length u ->
  of_Z (List.nth i (add_multiple l a u) Z0)
    = of_Z l * of_Z (List.nth i a Z0) + of_Z (List.nth i u Z0).
Proof.
elim: a u i => [|x a IH] [|y u] [|i] //= => [_|_|_|[/IH]//]; rewrite ?mulr0 ?addr0 //.
by rewrite of_Z_add of_Z_mul.
Qed.

Lemma length_add_multiple l a u : length a = length u -> length (add_multiple l a u) = length u.
Proof. by elim: a u => [|x a IH] [|y u] //= [/IH ->]. Qed.

Lemma length_combination rows multipliers : forallb (has_dimension d) rows ->
  length (combination d rows multipliers).1 = d.
Proof.
elim: rows multipliers => [|[a b] rows IH] [|l multipliers] //=; rewrite ?repeat_length //.
move=> /andP[/Nat.eqb_eq length_a dimensions]; have := IH multipliers dimensions.
by case: (combination _ _ _) => u c /= length_u; rewrite length_add_multiple ?length_a.
Qed.

Fixpoint weighted (x : 'rV[R]_d) (rows : list row) (multipliers : list Z) : R :=
  match rows, multipliers with
  | r :: rows', l :: multipliers' => of_Z l * value r x + weighted x rows' multipliers'
  | _, _ => 0
  end.

Lemma value_combination x rows multipliers : forallb (has_dimension d) rows ->
  value (combination d rows multipliers) x = weighted x rows multipliers.
Proof.
have zero : value (repeat Z0 d, Z0) x = 0.
  by rewrite /value big1 ?addr0 // => i _; rewrite nth_repeat mul0r.
elim: rows multipliers => [|[a b] rows IH] [|l multipliers] //=.
move=> /andP[/Nat.eqb_eq length_a dimensions]; rewrite -IH //.
have := length_combination multipliers dimensions; case: (combination _ _ _) => u c /= length_u.
rewrite /value /= of_Z_add of_Z_mul mulrDr addrACA; congr (_ + _).
rewrite mulr_sumr -big_split /=; apply: eq_bigr => i _.
by rewrite nth_add_multiple ?length_a // mulrDl mulrA.
Qed.

Lemma weighted_vanishes x rows multipliers : forallb (Z.leb 0) multipliers ->
    (forall r, List.In r rows -> 0 <= value r x) -> weighted x rows multipliers <= 0 ->
  forall r l, List.In (r, l) (combine rows multipliers) -> of_Z l * value r x = 0.
Proof.
have nonnegative rows' multipliers' : forallb (Z.leb 0) multipliers' ->
    (forall r, List.In r rows' -> 0 <= value r x) -> 0 <= weighted x rows' multipliers'.
  elim: rows' multipliers' => [|r rows' IH] [|l multipliers'] //= /andP[l_ge0 ls_ge0] inside.
  apply: addr_ge0; first by apply: mulr_ge0; [apply: of_Z_ge0 | apply: inside; left].
  by apply: IH => // r' in_rows; apply: inside; right.
elim: rows multipliers => [|r rows IH] [|l multipliers] //= /andP[l_ge0 ls_ge0] inside sum_le0.
have term_ge0 : 0 <= of_Z l * value r x.
  by apply: mulr_ge0; [apply: of_Z_ge0 | apply: inside; left].
have inside' r' : List.In r' rows -> 0 <= value r' x by move=> ?; apply: inside; right.
have rest_ge0 := nonnegative _ _ ls_ge0 inside'.
have rest_le0 : weighted x rows multipliers <= 0 by apply: le_trans sum_le0; rewrite ler_addr.
move=> r' l' [[<- <-]|]; last exact: IH.
by apply/eqP; rewrite eq_le term_ge0 andbT; apply: le_trans sum_le0; rewrite ler_addl.
Qed.

(** Wherever all rows are nonnegative, a row with a positive multiplier is zero. *)
Theorem farkas_vanishes rows multipliers : check d rows multipliers ->
  forall x, (forall r, List.In r rows -> 0 <= value r x) ->
  forall r l, List.In (r, l) (combine rows multipliers) -> Z.lt 0 l -> value r x = 0.
Proof.
rewrite /check; case sum : (combination _ _ _) => [u c].
move=> /andP[/andP[/andP[/andP[/andP[dimensions _] ls_ge0] _] /forallb_forall u0] c_le0] x inside.
have sum_le0 : weighted x rows multipliers <= 0.
  rewrite -value_combination // sum /value /= big1 ?add0r ?of_Z_le0 // => i _.
  have [in_u | outside] := Nat.lt_ge_cases i (length u); last first.
    by rewrite nth_overflow ?mul0r.
  by have /Z.eqb_eq <- := u0 _ (nth_In _ Z0 in_u); rewrite mul0r.
move=> r l in_pairs /Z.ltb_lt /of_Z_gt0 l_gt0.
have /eqP := weighted_vanishes ls_ge0 inside sum_le0 in_pairs.
by rewrite mulf_eq0 gt_eqF //= => /eqP.
Qed.

(** No x makes every row positive. *)
Theorem farkas rows multipliers : check d rows multipliers ->
  ~ exists x, forall r, List.In r rows -> 0 < value r x.
Proof.
move=> accepted [x inside].
have vanishes := farkas_vanishes accepted (x := x) (fun r in_rows => ltW (inside r in_rows)).
move: accepted; rewrite /check; case: (combination _ _ _) => u c.
move=> /andP[/andP[/andP[/andP[/andP[_ /Nat.eqb_eq same] _] /existsb_exists some] _] _].
move: some => [l [/(In_nth _ _ Z0)[k [k_lt nth_k]] /Z.ltb_lt l_gt0]].
pose r := List.nth k rows (nil, Z0).
have in_pairs : List.In (r, l) (combine rows multipliers).
  rewrite -nth_k -combine_nth //; apply: nth_In.
  by rewrite combine_length same Nat.min_id.
have := inside r (in_combine_l _ _ _ _ in_pairs).
by rewrite (vanishes _ _ in_pairs l_gt0) ltxx.
Qed.

(** No x of the closed cell lies on the open side: rows >= 0 and objective > 0 is impossible. *)
Theorem farkas_side s : check_side d s ->
  ~ exists x, (forall r, List.In r (rows s) -> 0 <= value r x) /\ 0 < value (objective s) x.
Proof.
move=> /andP[accepted /Z.ltb_lt l_gt0] [x [inside positive]].
have all_inside r : List.In r (objective s :: rows s) -> 0 <= value r x.
  by move=> [<-|/inside //]; apply: ltW.
have := farkas_vanishes accepted all_inside (or_introl erefl) l_gt0.
by move: positive => /lt0r_neq0 /eqP.
Qed.

(** All of a list of sides at once: the form in which enumerations are checked. *)
Theorem farkas_sides sides : forallb (check_side d) sides ->
  forall s, List.In s sides ->
  ~ exists x, (forall r, List.In r (rows s) -> 0 <= value r x) /\ 0 < value (objective s) x.
Proof. by move=> /forallb_forall accepted s /accepted /farkas_side. Qed.

End Soundness.

(** On the square 0 <= x, y <= 1 the side x + y > 2 is empty: it touches the corner (1, 1). One
    multiplier changed, and the checker refuses. *)

Local Open Scope Z_scope.

Definition square : list row :=
  [:: ([:: 1; 0], 0); ([:: 0; 1], 0); ([:: -1; 0], 1); ([:: 0; -1], 1)].

Example touching_side_is_accepted :
  check_side 2 (Side square ([:: 1; 1], -2) [:: 0; 0; 1; 1] 1).
Proof. by []. Qed.

Example wrong_multiplier_is_refused :
  check_side 2 (Side square ([:: 1; 1], -2) [:: 0; 0; 1; 2] 1) = false.
Proof. by []. Qed.

Example side_that_is_not_empty_is_refused :
  check_side 2 (Side square ([:: 1; 1], -1) [:: 0; 0; 1; 1] 1) = false.
Proof. by []. Qed.

Print Assumptions farkas_vanishes.
Print Assumptions farkas.
Print Assumptions farkas_side.
Print Assumptions farkas_sides.
