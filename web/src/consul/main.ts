import { mount } from 'svelte';

import '../tokens.css';
import '../base.css';
import './consul.css';
import { applyTheme, storedTheme } from '../shell/theme';
import ConsulApp from './ConsulApp.svelte';

applyTheme(storedTheme());
mount(ConsulApp, { target: document.body });
