(** a(gamma t) = gamma a(t), so gamma set to 1 and column k of W_{l+1} multiplied by gamma_k give
    the same function: true if no gamma is negative, false as stated (Eq. 28).

    Let the activation be a(t) = p t for t >= 0 and q t for t < 0, with any slopes p and q, and
    beta = 0.

    1. For gamma >= 0 and t >= 0, gamma t >= 0: both sides are p gamma t. For gamma > 0 and t < 0,
       gamma t < 0: both are q gamma t. For gamma = 0 both are 0 ([homogeneous]).
    2. So a unit's output with gamma is gamma times its output with gamma = 1. The next layer takes
       the sum of v_k times these, and v_k gamma_k does the same: it has the same projections, and
       with the same statistics the same values ([gamma_moved]). Layer by layer the network is the
       same function on all of R^d ([equation_28_nonnegative]).
    3. For gamma < 0, a(gamma 1) = q gamma and gamma a(1) = p gamma differ unless p = q
       ([negative_gamma]).
    4. For ReLU, gamma = -1, one unit with w = 1, mu = 0 and sigma = 1, and an output 1: at z = 1
       the network gives a(-1) = 0, and with gamma in the next layer - a(1) = -1 ([equation_28]).

    What is general: any depth, widths and dimension, any rows, biases, mu and sigma, other slopes
    at every layer, layers without normalisation in between with any activation, and any map after
    the last projections (such as a normalisation, which keeps its gamma), over any real field R.
    The statistics are fixed numbers, as at test time. *)

From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.

Local Open Scope ring_scope.

Section Definitions.

Variable R : realFieldType.

(** a(t) = p t for t >= 0 and q t for t < 0. *)
Definition activation (p q t : R) : R := if 0 <= t then p * t else q * t.

(** The normalised part of a layer with K units and beta = 0: the statistics and gamma. *)
Record normalisation K := Normalisation {
  mu : 'I_K -> R;
  sigma : 'I_K -> R;
  gamma : 'I_K -> R }.

(** gamma h, with h of Eq. 4, at the projections t. *)
Definition preactivation K (norm : normalisation K) (t : 'rV[R]_K) (k : 'I_K) : R :=
  gamma norm k * ((t 0 k - mu norm k) / sigma norm k).

(** A network with d inputs: the last layer, its projections followed by any map; or a normalised
    hidden layer of K units and what comes after it; or a hidden layer without normalisation. *)
Inductive network : nat -> Type :=
  | Last d K (w : 'I_K -> 'rV[R]_d) (c : 'I_K -> R) (after : 'rV[R]_K -> seq R) : network d
  | Normalised d K (w : 'I_K -> 'rV[R]_d) (c : 'I_K -> R) (norm : normalisation K) (p q : R)
      (rest : network K) : network d
  | Plain d K (w : 'I_K -> 'rV[R]_d) (c : 'I_K -> R) (a : R -> R) (rest : network K) : network d.

(** <w_k, z> + c_k of all units. *)
Definition projections d K (w : 'I_K -> 'rV[R]_d) (c : 'I_K -> R) (z : 'rV[R]_d) : 'rV[R]_K :=
  \row_k (\sum_(i < d) w k 0 i * z 0 i + c k).

(** The function of a network. *)
Fixpoint output d (net : network d) : 'rV[R]_d -> seq R :=
  match net with
  | Last _ _ w c after => fun z => after (projections w c z)
  | Normalised _ _ w c norm p q rest => fun z =>
      output rest (\row_k activation p q (preactivation norm (projections w c z) k))
  | Plain _ _ w c a rest => fun z => output rest (\row_k a (projections w c z 0 k))
  end.

Fixpoint gamma_nonnegative d (net : network d) : Prop :=
  match net with
  | Last _ _ _ _ _ => True
  | Normalised _ _ _ _ norm _ _ rest => (forall k, 0 <= gamma norm k) /\ gamma_nonnegative rest
  | Plain _ _ _ _ _ rest => gamma_nonnegative rest
  end.

(** Column i of W multiplied by s_i. *)
Definition scale_columns d K (s : 'I_d -> R) (w : 'I_K -> 'rV[R]_d) (k : 'I_K) : 'rV[R]_d :=
  \row_i (w k 0 i * s i).

Definition gamma_one K (norm : normalisation K) : normalisation K :=
  Normalisation (mu norm) (sigma norm) (fun _ => 1).

(** gamma set to 1 at every normalised layer, and column k of the next layer's weights multiplied by
    gamma_k; s is what the layer before hands on, 1 for none. *)
Fixpoint move_gamma d (net : network d) : ('I_d -> R) -> network d :=
  match net with
  | Last _ _ w c after => fun s => Last (scale_columns s w) c after
  | Normalised _ _ w c norm p q rest => fun s =>
      Normalised (scale_columns s w) c (gamma_one norm) p q (move_gamma rest (gamma norm))
  | Plain _ _ w c a rest => fun s =>
      Plain (scale_columns s w) c a (move_gamma rest (fun _ => 1))
  end.

Definition gamma_in_the_next_layer d (net : network d) : network d :=
  move_gamma net (fun _ => 1).

End Definitions.

Section Equation28.

Variable R : realFieldType.

(** Step 1. *)
Lemma homogeneous (p q gamma t : R) :
  0 <= gamma -> activation p q (gamma * t) = gamma * activation p q t.
Proof.
rewrite le_eqVlt => /predU1P[<- | gamma_gt0].
  by rewrite !mul0r /activation lexx mulr0.
by rewrite /activation pmulr_rge0 //; case: ifP => _; rewrite mulrCA.
Qed.

Lemma projections_scaled d K (s : 'I_d -> R) (w : 'I_K -> 'rV[R]_d) c z :
  projections (scale_columns s w) c z = projections w c (\row_i (s i * z 0 i)).
Proof.
apply/rowP => k; rewrite !mxE; congr (_ + _); apply: eq_bigr => i _.
by rewrite !mxE mulrA.
Qed.

(** Step 2. *)
Lemma gamma_moved d (net : network R d) (s : 'I_d -> R) z :
  gamma_nonnegative net ->
  output (move_gamma net s) z = output net (\row_i (s i * z 0 i)).
Proof.
elim: net s z => [d' K w c after | d' K w c norm p q rest IH | d' K w c a rest IH] s z /=.
- by rewrite projections_scaled.
- case=> nonnegative rest_nonnegative; rewrite IH // projections_scaled; congr (output rest _).
  by apply/rowP => k; rewrite !mxE /preactivation /= mul1r -homogeneous.
- move=> rest_nonnegative; rewrite IH // projections_scaled; congr (output rest _).
  by apply/rowP => k; rewrite !mxE mul1r.
Qed.

Theorem equation_28_nonnegative :
  (forall p q gamma t : R, 0 <= gamma -> activation p q (gamma * t) = gamma * activation p q t)
  /\ (forall d (net : network R d), gamma_nonnegative net ->
        output (gamma_in_the_next_layer net) =1 output net).
Proof.
split=> [p q gamma t | d net nonnegative z]; first exact: homogeneous.
rewrite /gamma_in_the_next_layer gamma_moved //; congr (output net _).
by apply/rowP => i; rewrite mxE mul1r.
Qed.

(** Step 3. *)
Lemma negative_gamma (p q gamma : R) :
  gamma < 0 -> p != q -> activation p q (gamma * 1) <> gamma * activation p q 1.
Proof.
move=> gamma_lt0 p_neq_q; rewrite /activation mulr1 ler01 leNgt gamma_lt0 /= mulr1 [q * _]mulrC.
by move=> /(mulfI (ltr0_neq0 gamma_lt0))/eqP; rewrite eq_sym (negbTE p_neq_q).
Qed.

(** Step 4. *)
Definition one_unit : network R 1 :=
  Normalised (fun _ : 'I_1 => const_mx 1) (fun _ => 0)
    (Normalisation (fun _ => 0) (fun _ => 1) (fun _ => -1)) 1 0
    (Last (fun _ : 'I_1 => const_mx 1) (fun _ => 0) (fun t => [:: t 0 0])).

Example one_unit_outputs :
  output one_unit (const_mx 1) = [:: 0]
  /\ output (gamma_in_the_next_layer one_unit) (const_mx 1) = [:: -1].
Proof.
rewrite /= /activation /preactivation /= !(big_ord1, mxE).
by rewrite !(mul1r, mulr1, addr0, subr0, divr1) oppr_ge0 ler10 ler01 mul0r mulr1.
Qed.

(** Eq. 28 as stated, for ReLU: of the activation, and of networks. *)
Theorem equation_28 :
  ~ (forall gamma t : R, activation 1 0 (gamma * t) = gamma * activation 1 0 t)
  /\ ~ (forall d (net : network R d), output (gamma_in_the_next_layer net) =1 output net).
Proof.
split=> [/(_ (-1) 1) | /(_ 1%N one_unit (const_mx 1))].
  by apply: negative_gamma; rewrite ?oppr_lt0 ?ltr01 ?oner_neq0.
have [-> ->] := one_unit_outputs; case=> /eqP.
by rewrite oppr_eq0 oner_eq0.
Qed.

End Equation28.

Print Assumptions equation_28_nonnegative.
Print Assumptions equation_28.
