(** The boundary of a unit in the layer's input space is the same set whatever sigma is, mu being
    kept, if beta is the breakpoint of the activation (0 in the paper).

    Let p(z) = gamma (<w, z> + c - mu) / sigma + beta be the pre-activation of one unit, and b the
    one breakpoint of the activation. The boundary is {z : p(z) = b}.

    1. For beta = b, p(z) = b says gamma (<w, z> + c - mu) / sigma = 0, and since sigma > 0 that is
       gamma (<w, z> + c - mu) = 0, where no sigma is left.
    2. For gamma != 0 it is the hyperplane {z : <w, z> + c = mu} of Eq. 5.
    3. For beta != b, gamma != 0 and w != 0 the set does depend on sigma: two sigmas that differ
       give two disjoint hyperplanes. A point of both would have (b - beta) sigma =
       (b - beta) sigma' ([beta_is_needed]).

    What is general: any dimension d, any row w (the zero row too), bias c, mu and gamma, and any
    two sigma > 0, over any real field R. *)

From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.

Local Open Scope ring_scope.

Section Definitions.

Variables (R : realFieldType) (d : nat).

(** <w, z>. *)
Definition inner (w z : 'rV[R]_d) : R := \sum_(i < d) w 0 i * z 0 i.

(** One unit: its row w and bias c, mu, gamma and beta. *)
Record unit := Unit { row : 'rV[R]_d; bias : R; mu : R; gamma : R; beta : R }.

(** p(z) (Eq. 2 and 4). *)
Definition preactivation (k : unit) (sigma : R) (z : 'rV[R]_d) : R :=
  gamma k * ((inner (row k) z + bias k - mu k) / sigma) + beta k.

(** The boundary, where the activation has the one breakpoint b. *)
Definition on_boundary (b : R) (k : unit) (sigma : R) (z : 'rV[R]_d) : Prop :=
  preactivation k sigma z = b.

(** H = {z : <w, z> + c = mu} (Eq. 5). *)
Definition on_hyperplane (k : unit) (z : 'rV[R]_d) : Prop := inner (row k) z + bias k = mu k.

End Definitions.

Theorem hyperplane_ignores_sigma (R : realFieldType) (d : nat) (b : R) (k : unit R d)
    (beta_at_the_breakpoint : beta k = b) :
  (forall sigma sigma', 0 < sigma -> 0 < sigma' ->
     forall z, on_boundary b k sigma z <-> on_boundary b k sigma' z)
  /\ (gamma k != 0 -> forall sigma, 0 < sigma ->
        forall z, on_boundary b k sigma z <-> on_hyperplane k z).
Proof.
have without_sigma sigma z : 0 < sigma ->
    on_boundary b k sigma z <-> gamma k * (inner (row k) z + bias k - mu k) = 0.
  move=> sigma_gt0; rewrite /on_boundary /preactivation beta_at_the_breakpoint mulrA.
  split=> [/(canRL (addrK b))/eqP | ->]; last by rewrite mul0r add0r.
  by rewrite subrr mulf_eq0 invr_eq0 (gt_eqF sigma_gt0) orbF => /eqP.
split=> [sigma sigma' sigma_gt0 sigma'_gt0 z | gamma_neq0 sigma sigma_gt0 z].
  by rewrite !without_sigma.
rewrite without_sigma // /on_hyperplane; split=> [/eqP | ->]; last by rewrite subrr mulr0.
by rewrite mulf_eq0 (negbTE gamma_neq0) subr_eq0 => /eqP.
Qed.

(** Step 3. *)
Lemma beta_is_needed (R : realFieldType) (d : nat) (b : R) (k : unit R d) (sigma sigma' : R)
    (beta_off : beta k != b) (w_neq0 : row k != 0) (gamma_neq0 : gamma k != 0)
    (sigma_gt0 : 0 < sigma) (sigma'_gt0 : 0 < sigma') (sigmas_differ : sigma != sigma') :
  (exists z, on_boundary b k sigma z)
  /\ (forall z, on_boundary b k sigma z -> ~ on_boundary b k sigma' z).
Proof.
have sigma_neq0 : sigma != 0 by rewrite gt_eqF.
have sigma'_neq0 : sigma' != 0 by rewrite gt_eqF.
have reached s z : s != 0 ->
    on_boundary b k s z -> gamma k * (inner (row k) z + bias k - mu k) = (b - beta k) * s.
  move=> s_neq0; rewrite /on_boundary /preactivation => <-.
  by field.
split=> [| z on_sigma on_sigma'].
  pose g := inner (row k) (row k).
  have g_neq0 : g != 0.
    apply: contra w_neq0; rewrite psumr_eq0 => [|i _]; last by rewrite -expr2 sqr_ge0.
    move=> /allP zero; apply/eqP/rowP => i; rewrite mxE; apply/eqP.
    by have := zero i (mem_index_enum i); rewrite -expr2 sqrf_eq0.
  exists (((b - beta k) * sigma / gamma k + mu k - bias k) / g *: row k).
  rewrite /on_boundary /preactivation.
  have -> a : inner (row k) (a *: row k) = a * g.
    by rewrite mulr_sumr; apply: eq_bigr => i _; rewrite mxE mulrCA.
  by rewrite divfK //; field; rewrite sigma_neq0 gamma_neq0.
have /eqP := reached _ _ sigma_neq0 on_sigma; rewrite (reached _ _ sigma'_neq0 on_sigma').
rewrite -subr_eq0 -mulrBr mulf_eq0 !subr_eq0 eq_sym (negbTE beta_off) eq_sym.
by rewrite (negbTE sigmas_differ).
Qed.

(** The hypothesis can be met by a unit with a hyperplane: w = 1, gamma = 1, beta = b = 0. *)
Example one_unit (R : realFieldType) :
  let k := Unit (const_mx 1 : 'rV[R]_1) 0 0 1 0 in
  beta k = 0 /\ gamma k != 0.
Proof. by split=> //=; rewrite oner_neq0. Qed.

Print Assumptions hyperplane_ignores_sigma.
